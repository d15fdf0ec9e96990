"""The pace at which the screen follows a run: after all keys, with pauses that leave room for the next ones."""

import asyncio
import time
from collections.abc import Callable

from hookscope.tui.keyboard import Keyboard
from hookscope.tui.screens.main import MainScreen

_TICK_SECONDS = 1.0
_MOST_SECONDS = 0.25
"""Nothing holds back what is new for longer: no keys, and no rest."""

_REST_FACTOR, _FLOOD_REST_FACTOR = 1, 20
"""The pause after a change, as a multiple of the time that it took without its painting."""


class Pace:
    """Makes the changes of the screen that nobody has asked for with a key."""

    def __init__(self, main: MainScreen, keyboard: Keyboard) -> None:
        self._main = main
        self._keyboard = keyboard
        self._changed = asyncio.Event()
        self._seen: object = None

    async def run(self) -> None:
        """Look at the journal and the clock once a second if nothing else changes, forever."""
        while True:
            try:
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._changed.wait()
                self._changed.clear()
            except TimeoutError:
                await self.change(self._look)

    def _look(self) -> None:
        """Look at the journal and the clock; with nothing new, the captures need not be gone through to be painted."""
        changed, before = self._main.read(), self._seen
        self._seen = self._main.state.at_midnight, self._main.captures.scroll_offset
        if changed or self._seen != before:
            self._main.paint()
        elif self._main.is_up:
            self._main.paint_state()

    async def change(self, change: Callable[[], None]) -> None:
        """Change the screen after all keys, and leave time for the next ones."""
        await self._keyboard.rest(_MOST_SECONDS)
        began = time.perf_counter()
        change()
        self._changed.set()
        factor = _FLOOD_REST_FACTOR if self._main.state.is_flooded else _REST_FACTOR
        await asyncio.sleep(min((time.perf_counter() - began) * factor, _MOST_SECONDS))
