"""Typed keys on their way to the screen: one at a time, and none while it is open what it would mean."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

from hookscope.views.actions import ACTIONS

Typed = events.Key | events.Paste

_ROUNDS = 3
"""A key, then what it submits, then what that closes: each is a message that rises from the focus to the app."""

_TURN_SECONDS = 0.05
_LIMIT_TURNS = 100
"""No key keeps the next one waiting for more turns, even when a part of the screen never answers. Turns of the event
loop, not seconds: on a busy machine, time passes in which no part of the screen could have answered.
"""

_PATIENCE_SECONDS = 10.0


class Keyboard:
    """Hands on what is typed in order, each key after all that the one before has done.

    Textual puts keys into the queue of the focused widget at once. One that follows quickly would then be taken for an
    action of the screen beneath, when the key before it opens a dialog, or will when it has read the journal.
    """

    def __init__(
        self, app: App[None], hand_on: Callable[[Typed], Awaitable[None]], patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._app = app
        self._hand_on = hand_on
        self._patience = patience
        self._typed: deque[Typed] = deque()
        self._causes: set[object] = set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Hand on, forever."""
        try:
            while True:
                await self._become(lambda: bool(self._typed))
                await self._decision()
                if self._typed:
                    await self._pass(self._typed[0])
        finally:
            self.forget()  # The screen ends.

    # Typed keys

    @property
    def is_quiet(self) -> bool:
        """True if every key has done what it does."""
        return not self._typed

    def takes(self, event: events.Event) -> bool:
        """Take a key or a pasted text, and return whether it was one; the interrupt goes before all that was typed."""
        if not isinstance(event, Typed) or event.is_forwarded:
            return False
        if isinstance(event, events.Key) and event.key == ACTIONS["interrupt"].keys:
            self.forget()
            return False
        self._typed.append(event)
        self._news.set()
        return True

    def forget(self) -> None:
        """Drop what was typed for something that does not come."""
        self._typed.clear()

    async def _pass(self, typed: Typed) -> None:
        turns = iter(range(_LIMIT_TURNS))
        await _heard(self._app.screen, turns)  # A dialog is composed then, and knows its focus.
        path = [*(self._app.focused or self._app.screen).ancestors_with_self]
        await self._hand_on(typed)
        for pump in path * _ROUNDS:
            await _heard(pump, turns)
        if self._typed and self._typed[0] is typed:
            self._typed.popleft()

    # Their actions

    def wait_for(self, cause: object) -> None:
        """Keep what is typed from now on until there is a dialog, or nothing left to wait for."""
        self._causes.add(cause)

    def go_on(self, cause: object) -> None:
        """Wait for this no more."""
        self._causes.discard(cause)
        self._news.set()

    def look_again(self) -> None:
        """Go on if there is a dialog now."""
        self._news.set()

    async def _decision(self) -> None:
        """Wait until it is known what a key means; what takes too long is waited for no more."""
        try:
            async with asyncio.timeout(self._patience):
                await self._become(lambda: not self._causes or len(self._app.screen_stack) > 1)
        except TimeoutError:
            self._causes.clear()
            self.forget()

    async def _become(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._news.clear()
            await self._news.wait()


async def _heard(pump: MessagePump, turns: Iterator[int]) -> None:
    """Wait until a part of the screen has done all that it was told so far; at once when it has gone."""
    heard = asyncio.Event()
    if pump.call_later(heard.set):
        for _ in turns:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TURN_SECONDS):
                    await heard.wait()
                return
