"""The terminal handed back to the shell for a while, as other programs do on ctrl+z."""

import os
import signal

from textual.app import App, SuspendNotSupported

from hookscope.tui.interaction import Interaction
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone


class SuspensionController:
    """`ctrl+z` suspends an attached view, which is a shell's job of its own: its run goes on.

    The view of `hookscope run` is in the job of the run. Suspended, that would keep its registration and answer nobody.
    """

    def __init__(self, app: App[None], main: MainScreen, interaction: Interaction) -> None:
        self._app = app
        self._main = main
        self._interaction = interaction

    def suspend(self) -> None:
        """Suspend this view until the shell continues it, or say why that cannot be."""
        if not self._main.state.attached:
            self._refuse("this would stop the run as well  ", "→ suspend a view of hookscope attach")
            return
        self._interaction.forget_typed()
        try:
            with self._app.suspend():
                _stop_job()
        except SuspendNotSupported:
            self._refuse("there is no shell to go back to", "")

    def _refuse(self, reason: str, hint: str) -> None:
        pieces: Pieces = [(Tone.WARN, "! "), (Tone.TEXT, reason), (Tone.ACCENT, hint)]
        self._main.say(pieces)


def _stop_job() -> None:
    """Stop this process and its parent, as the terminal does on ctrl+z; return when they are continued.

    Where no shell could continue them, the system ignores the signal, but not SIGSTOP, which Textual's own handler
    sends.
    """
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        os.killpg(0, signal.SIGTSTP)
    finally:
        signal.signal(signal.SIGTSTP, handler)
