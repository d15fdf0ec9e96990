"""The doctor's panel, which the run fills."""

from collections.abc import Callable
from functools import partial

from hookscope.errors import HookscopeError
from hookscope.tui import cell_text
from hookscope.tui.interaction import Interaction
from hookscope.tui.render import doctor_page
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import ViewState
from hookscope.tui.widgets.text import Writer
from hookscope.tui.workers.run_client import RunClient


class DoctorController:
    """Opens the panel and lets the run, which knows its secrets, examine itself."""

    def __init__(self, main: MainScreen, interaction: Interaction, run: RunClient) -> None:
        self._main = main
        self._interaction = interaction
        self._run = run

    def open(self) -> None:
        """Show the panel, and fill it when the run has answered."""
        if not self._interaction.is_free:
            return
        shown: list[Writer] = [_waiting]
        panel = Overlay("Doctor", lambda state, width: shown[0](state, width), self._main.state)

        def show(writer: Writer) -> None:
            shown[0] = writer
            panel.call_after_refresh(panel.show, self._main.state)  # The panel may not be laid out yet.

        self._interaction.open(panel)
        self._interaction.start(self._examine(show), "doctor")

    async def _examine(self, show: Callable[[Writer], None]) -> None:
        try:
            found = await self._run.examine()
        except HookscopeError as error:
            show(partial(_failure, error))
        else:
            show(lambda _, width: doctor_page.findings(found, width))


def _waiting(_: ViewState, __: int) -> Pieces:
    return [(Tone.MUTED, "checking every link of the chain; this takes a few seconds…")]


def _failure(error: HookscopeError, _: ViewState, __: int) -> Pieces:
    hint = f"\n→ {cell_text.clean(error.hint)}" if error.hint else ""
    return [(Tone.BAD, "✗ "), (Tone.TEXT, cell_text.clean(error.message)), (Tone.ACCENT, hint)]
