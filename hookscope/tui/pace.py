"""The pace at which the screen follows a run: after all keys, and so slowly that the next ones need not wait long."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from textual.app import App

from hookscope.tui.keyboard import Keyboard

_TICK_SECONDS = 1.0
_MOST_SECONDS = 0.25
"""Neither keys nor a screen that is not painted hold back what is new for longer."""

_RESTS = 6
"""The pause after a change, as a multiple of the time that it took."""

_LONGEST_REST_SECONDS = 1.0


class Pace:
    """Makes changes of the screen that nobody has asked for with a key; `look` is one to make every second."""

    def __init__(self, app: App[None], keyboard: Keyboard, look: Callable[[], None]) -> None:
        self._app = app
        self._keyboard = keyboard
        self._look = look
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Look once a second if nothing else changes, forever."""
        while True:
            try:
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._changed.wait()
                self._changed.clear()
            except TimeoutError:
                await self.change(self._look)

    async def change(self, change: Callable[[], None]) -> None:
        """Change the screen after all keys, wait until that is on the terminal, and leave time for the next keys."""
        await self._keyboard.rest(_MOST_SECONDS)
        began = time.perf_counter()
        change()
        self._changed.set()
        await self._painted()
        await asyncio.sleep(min((time.perf_counter() - began) * _RESTS, _LONGEST_REST_SECONDS))

    async def _painted(self) -> None:
        """Wait until the screen is painted, unless it is about to end."""
        painted = asyncio.Event()
        if self._app.screen.call_after_refresh(painted.set):
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOST_SECONDS):
                    await painted.wait()
