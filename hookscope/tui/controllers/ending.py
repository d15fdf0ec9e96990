"""The end requested by the user: of the run, or of a view attached to one."""

from textual.app import App

from hookscope.errors import HookscopeError
from hookscope.tui.screens.dialogs import Choice, QuitDialog
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.view_state import RunState
from hookscope.tui.workers.run_client import RunClient

_MOST_UNANSWERED = 3
"""The number of unanswered interruptions after which this view ends by itself."""


class EndingController:
    """`q` and `ctrl+c` stop the run, or ask whether to stop it or only leave the view."""

    def __init__(self, app: App[None], main: MainScreen, run: RunClient) -> None:
        self._app = app
        self._main = main
        self._run = run
        self._has_answered = True

    def end(self, *, again: bool) -> None:
        """Stop the run, or leave an attached view; `again` tells the run to end at once."""
        match self._main.state.run_state:
            case RunState.GONE | RunState.OVER:
                self._app.exit()
            case RunState.STOPPING if self._main.state.attached and not self._main.state.asked:
                self._app.exit()
            case RunState.STOPPING if not again:
                self._app.bell()
            case _ if self._main.state.attached and not self._main.state.asked:
                self._ask_what_to_leave(again=again)
            case _:
                self._stop()

    def _ask_what_to_leave(self, *, again: bool) -> None:
        if not isinstance(self._app.screen, QuitDialog):
            self._app.push_screen(QuitDialog(), self._leave)
        elif again:
            self._app.exit()

    def _leave(self, choice: Choice | None) -> None:
        match choice:
            case Choice.VIEW:
                self._app.exit()
            case Choice.STOP:
                self._stop()

    def _stop(self) -> None:
        if self._main.state.asked >= _MOST_UNANSWERED and not self._has_answered:
            self._app.exit()
            return
        while len(self._app.screen_stack) > 1:
            self._app.pop_screen()
        self._has_answered = False
        self._main.change(asked=self._main.state.asked + 1)
        self._app.run_worker(self._tell_to_stop(), name=f"stop {self._main.state.asked}")

    async def _tell_to_stop(self) -> None:
        try:
            await self._run.stop("requested on the screen", force=self._main.state.asked > 1)
        except HookscopeError as error:
            self._main.say_error(error)
        else:
            self._has_answered = True
