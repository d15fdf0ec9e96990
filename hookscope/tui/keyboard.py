"""Typed keys on their way to the screen: one at a time, and none while its meaning is undecided."""

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
"""The messages of a key, in order: the key, its submission, and the closing; each bubbles from the focus to the app."""

_TURN_SECONDS = 0.05
_LIMIT_TURNS = 100
"""The maximum number of event-loop iterations for which a key delays the next one, even if a widget never answers.

They are iterations instead of seconds: on a busy machine, time passes in which no widget could have answered.
"""

_ARRIVING_TURNS = 4
"""Event-loop iterations from a key's arrival in the thread that reads the terminal until it is known here."""

_TIMEOUT_SECONDS = 10.0


class Keyboard:
    """Passes typed keys on in order, each after all effects of the one before.

    Textual puts keys into the queue of the focused widget at once. A key that follows quickly would then trigger an
    action of the screen beneath while the key before it opens a dialog, or is about to after reading the journal.
    """

    def __init__(
        self, app: App[None], hand_on: Callable[[Typed], Awaitable[None]], timeout_seconds: float = _TIMEOUT_SECONDS
    ) -> None:
        self._app = app
        self._hand_on = hand_on
        self._timeout_seconds = timeout_seconds
        self._typed: deque[Typed] = deque()
        self._causes: set[object] = set()
        self._news = asyncio.Event()
        self._passed = asyncio.Event()

    async def run(self) -> None:
        """Pass keys on, forever."""
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
        """True if all keys have had their effect."""
        return not self._typed

    async def rest(self, most_seconds: float) -> None:
        """Wait until all keys have had their effect, also those that are on their way from the terminal."""
        for _ in range(_ARRIVING_TURNS):
            await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                while not self.is_quiet:
                    self._passed.clear()
                    await self._passed.wait()

    def takes(self, event: events.Event) -> bool:
        """Take a key or a pasted text, and return whether it was one; the interrupt key overtakes all others."""
        if not isinstance(event, Typed) or event.is_forwarded:
            return False
        if isinstance(event, events.Key) and event.key == ACTIONS["interrupt"].keys:
            self.forget()
            return False
        self._typed.append(event)
        self._news.set()
        return True

    def forget(self) -> None:
        """Drop keys typed for something that does not come."""
        self._typed.clear()
        self._passed.set()

    async def _pass(self, typed: Typed) -> None:
        turns = iter(range(_LIMIT_TURNS))
        await _settled(self._app.screen, turns)  # By then, a dialog is composed and has its focus.
        path = [*(self._app.focused or self._app.screen).ancestors_with_self]
        await self._hand_on(typed)
        for pump in path * _ROUNDS:
            await _settled(pump, turns)
        if self._typed and self._typed[0] is typed:
            self._typed.popleft()
            self._passed.set()

    # Their actions

    def wait_for(self, cause: object) -> None:
        """Hold back keys from now on until there is a dialog, or nothing left to wait for."""
        self._causes.add(cause)

    def go_on(self, cause: object) -> None:
        """Stop waiting for this work."""
        self._causes.discard(cause)
        self._news.set()

    def look_again(self) -> None:
        """Continue if there is a dialog now."""
        self._news.set()

    async def _decision(self) -> None:
        """Wait until the meaning of the next key is decided, but not too long."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._become(lambda: not self._causes or len(self._app.screen_stack) > 1)
        except TimeoutError:
            self._causes.clear()
            self.forget()

    async def _become(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._news.clear()
            await self._news.wait()


async def _settled(pump: MessagePump, turns: Iterator[int]) -> None:
    """Wait until a widget has handled all of its messages; do not wait for one that is gone."""
    settled = asyncio.Event()
    if pump.call_later(settled.set):
        for _ in turns:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TURN_SECONDS):
                    await settled.wait()
                return
