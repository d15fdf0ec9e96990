"""The panels of the connection and the help."""

from functools import partial

from textual.app import App

from hookscope.tui.render import help_pages
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.screens.main import MainScreen


class PanelController:
    """`i` opens the connection, `?` the help."""

    def __init__(self, app: App[None], main: MainScreen) -> None:
        self._app = app
        self._main = main

    def connection(self) -> None:
        """Show every link of the chain in full, and the run's notices."""
        self._app.push_screen(Overlay("Connection", help_pages.connection, self._main.state))

    def help(self) -> None:
        """Show the keys of the pane that has the focus, and the marks."""
        self._main.change(is_new=False)
        self._app.push_screen(Overlay("Help", partial(help_pages.help_text, self._main.place), self._main.state))
