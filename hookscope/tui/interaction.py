"""Questions to the user, and background work that reports its failures: offered to every controller."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from textual.app import App
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.tui.keyboard import Keyboard
from hookscope.tui.render.failure import failure_lines
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState
from hookscope.tui.widgets.text import Writer

_T = TypeVar("_T")


class Interaction:
    """Opens dialogs over the main screen, one at a time, and runs work without blocking the screen."""

    def __init__(self, app: App[None], main: MainScreen, keyboard: Keyboard) -> None:
        self._app = app
        self._main = main
        self._keyboard = keyboard

    @property
    def is_free(self) -> bool:
        """True if a dialog may be opened: none is, and nothing is being put back."""
        return len(self._app.screen_stack) == 1 and self._main.state.run_state not in (RunState.STOPPING, RunState.OVER)

    def open(self, dialog: Screen[_T], answered: Callable[[_T | None], None] | None = None) -> None:
        """Open a dialog over the screen, and pass its answer on."""
        self._app.push_screen(dialog, answered)
        self._keyboard.look_again()

    async def answer(self, dialog: Screen[_T]) -> _T | None:
        """Return the user's answer, or None when something else came over the screen before."""
        if not self.is_free:
            return None
        answer = self._app.push_screen(dialog, wait_for_dismiss=True)
        self._keyboard.look_again()
        return await answer

    def show_result(self, title: str, waiting: str, work: Coroutine[Any, Any, Writer]) -> None:
        """Open a panel that says `waiting` until the work is done, and then shows its result, or its error."""
        writer = _always([(Tone.MUTED, waiting)])
        panel = Overlay(title, lambda state, width: writer(state, width), self._main.state)

        async def fill() -> None:
            nonlocal writer
            try:
                writer = await work
            except HookscopeError as error:
                writer = _always(failure_lines(error))
            panel.call_after_refresh(panel.show, self._main.state)  # The panel may not be laid out yet.

        self.open(panel)
        self.start(fill(), title)

    def decide(
        self,
        work: Coroutine[Any, Any, _T | None],
        name: str,
        then: Callable[[_T], Awaitable[None]] | None = None,
    ) -> None:
        """Run work that decides the meaning of the next keys, then act on its result, if any.

        Keys wait for the work, or for the dialog that it opens.
        """
        cause = object()
        self._keyboard.wait_for(cause)
        self.start(self._decide(cause, work, then), name)

    async def _decide(
        self, cause: object, work: Awaitable[_T | None], then: Callable[[_T], Awaitable[None]] | None
    ) -> None:
        try:
            result = await work
        finally:
            self._keyboard.go_on(cause)
        if then and result is not None:
            await then(result)

    def forget_typed(self) -> None:
        """Drop keys typed for a dialog that does not come, or for another program on this terminal."""
        self._keyboard.forget()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run work in the background."""
        self._app.run_worker(work, name=name)

    async def attempt(self, work: Callable[[], _T]) -> _T | None:
        """Return the result of work in a thread; None, and tell the user, when it fails."""
        try:
            return await asyncio.to_thread(work)
        except HookscopeError as error:
            self.forget_typed()
            self._main.say_error(error)
            return None

    def say_empty(self) -> None:
        """Tell the user that there is nothing to act on."""
        if self._main.timeline.is_narrowed and self._main.timeline.total:
            self._main.say(
                [(Tone.WARN, "! "), (Tone.TEXT, "no capture matches  "), (Tone.ACCENT, "→ esc clears the filter")]
            )
        else:
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, "there is no capture yet")])


def _always(pieces: Pieces) -> Writer:
    """Return the writer of a text that does not change."""
    return lambda _, __: pieces
