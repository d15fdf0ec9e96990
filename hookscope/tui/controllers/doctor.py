"""The doctor's panel, which the run fills."""

from hookscope.tui.interaction import Interaction
from hookscope.tui.render import doctor_page
from hookscope.tui.widgets.text import Writer
from hookscope.tui.workers.run_client import RunClient

_WAITING = "checking every link of the chain; this takes a few seconds…"


class DoctorController:
    """Opens the panel and lets the run, which knows its secrets, examine itself."""

    def __init__(self, interaction: Interaction, run: RunClient) -> None:
        self._interaction = interaction
        self._run = run

    def open(self) -> None:
        """Show the panel, and fill it when the run has answered."""
        if self._interaction.is_free:
            self._interaction.show_result("Doctor", _WAITING, self._examine())

    async def _examine(self) -> Writer:
        found = await self._run.examine()
        return lambda _, width: doctor_page.findings(found, width)
