"""The application: owns the screen and its controllers, listens to the run, and decides when to end."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from msgspec.structs import replace
from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen

from hookscope.tui import theme
from hookscope.tui.commands import Controllers
from hookscope.tui.controllers.annotate import AnnotateController
from hookscope.tui.controllers.doctor import DoctorController
from hookscope.tui.controllers.ending import EndingController
from hookscope.tui.controllers.export import ExportController
from hookscope.tui.controllers.fetch import FetchController
from hookscope.tui.controllers.page_search import PageSearch
from hookscope.tui.controllers.panels import PanelController
from hookscope.tui.controllers.replay import ReplayController
from hookscope.tui.controllers.search import SearchController
from hookscope.tui.controllers.search_keys import SearchKeys
from hookscope.tui.controllers.suspension import SuspensionController
from hookscope.tui.crash_report import crash_report
from hookscope.tui.filter_history import FilterHistory
from hookscope.tui.interaction import Interaction
from hookscope.tui.key_bindings import bindings
from hookscope.tui.keyboard import Keyboard
from hookscope.tui.pace import Pace
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.view_state import RunState, local_now
from hookscope.tui.watchdog import Loss, owns_terminal
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.workers.run_client import RunClient
from hookscope.views.actions import ACTIONS, Action, KeyScope
from hookscope.views.status import Status

_LAST_LOOK_SECONDS = 0.25
_FIRST_PAINT_SECONDS = 1.0


class HookscopeApp(App[None]):
    """Shows a run: the journal that it writes, and the status from its control socket."""

    TITLE = "hookscope"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.APP)]

    def __init__(
        self,
        *,
        socket: str,
        journal: Path,
        attached: bool = False,
        secrets: Sequence[str] = (),
        signing: Mapping[str, str] = MappingProxyType({}),
        clock: Callable[[], datetime] = local_now,
        filters: Path | None = None,
        is_new: bool = False,
    ) -> None:
        super().__init__()
        for colors in (theme.DARK, theme.LIGHT):
            self.register_theme(theme.suited(colors, self.console.color_system))
        self.theme = theme.preferred()
        self.main = MainScreen(journal=journal, attached=attached, clock=clock, secrets=signing)
        self.main.state = replace(self.main.state, is_new=is_new)
        self._run = RunClient(socket)
        self.keyboard = Keyboard(self, super().on_event)
        interaction = Interaction(self, self.main, self.keyboard)
        self._search = self.main.search = SearchController(self.main, journal, FilterHistory(filters, secrets))
        self._search_keys = SearchKeys(self.main, self._search, PageSearch(self.main))
        controllers = Controllers(
            search_keys=self._search_keys,
            annotate=AnnotateController(self.main, interaction, journal),
            export=ExportController(self, self.main, interaction, journal, self._run, secrets),
            replay=ReplayController(self, self.main, interaction, journal, self._run),
            fetch=FetchController(self.main, interaction, self._run),
            doctor=DoctorController(interaction, self._run),
            panels=PanelController(self, self.main),
            ending=EndingController(self, self.main, self._run),
            suspension=SuspensionController(self, self.main, interaction),
        )
        self._pace = Pace(self.main, self.keyboard)
        self._hidden = (*secrets, *signing.values())
        self._commands = {**controllers.commands(self.main), "switch_colors": self._switch_colors}
        self._listens = False
        self.on_painted: Callable[[], None] = lambda: None
        """Called after the first picture."""

    def get_default_screen(self) -> MainScreen:
        """Return the screen below all others."""
        return self.main

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colors, for the moment before our own theme is set."""
        return dict(theme.DARK.variables)

    def on_mount(self) -> None:
        """Take keys; start the slower work once the screen is painted."""
        self.run_worker(self.keyboard.run(), name="keyboard")
        self.main.call_after_refresh(self._listen)
        self.set_timer(_FIRST_PAINT_SECONDS, self._listen)  # A sheet opened at once keeps it from being painted.

    def _listen(self) -> None:
        if self._listens:
            return
        self._listens = True
        self.on_painted()
        self.run_worker(self._search.run(), name="search")
        self.run_worker(self._watch(), name="watch")
        self.run_worker(self._pace.run(), name="pace")

    def on_unmount(self) -> None:
        """Let the threads end."""
        self._search.close()

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed in order."""
        if not self.keyboard.takes(event):
            await super().on_event(event)

    @on(Driver.SignalResume)
    def _on_resumed(self) -> None:
        """Paint everything: the terminal was given up and taken back, by SIGTSTP and SIGCONT, and is empty."""
        self.refresh(layout=True)

    @on(Prompt.Typed)
    def _on_typed(self, event: Prompt.Typed) -> None:
        self._search_keys.typed(event.text)

    @on(Prompt.Closed)
    def _on_closed(self, event: Prompt.Closed) -> None:
        self._search_keys.closed(event.text, kept=event.kept)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the entries of the command palette."""
        leaves = self.main.state.attached or self.main.state.run_state is RunState.GONE
        for action, title, explanation in _palette_entries(is_dark=self._is_dark, leaves=leaves):
            told = f"{explanation} · {key}" if (key := action.first_key) else explanation
            yield SystemCommand(title, told, partial(self.run_action, action.runs))

    async def _watch(self) -> None:
        await self._run.watch(lambda status: self._pace.change(partial(self._take_status, status)))
        if self.main.state.status.exit_code is None:
            self.main.change(lost=True)
            if not owns_terminal():
                # The shell has taken the terminal back together with the run: nothing can be read here anymore.
                self.exit()

    def _take_status(self, status: Status) -> None:
        self.main.take_status(status)
        if status.exit_code is not None:
            self.set_timer(_LAST_LOOK_SECONDS, self.exit)

    # Actions

    def action_act(self, name: str) -> None:
        """Carry out an action by its id."""
        self._commands[name]()

    def _switch_colors(self) -> None:
        """Switch between dark and light colors."""
        self.theme = theme.LIGHT.name if self._is_dark else theme.DARK.name
        self.main.look()

    @property
    def _is_dark(self) -> bool:
        return self.theme == theme.DARK.name

    # Ending

    def abandon(self, loss: Loss) -> None:
        """Leave: the terminal is gone, or the process that started this view."""
        if loss is Loss.PARENT and not self.main.state.attached:
            self.main.state = replace(self.main.state, has_status=True, lost=True)  # That was the run.
        self.exit()

    def _fatal_error(self) -> None:
        """Leave after a bug. Textual's (8.2) own report has the local variables, which may be secrets."""
        report = crash_report(error, self._hidden) if (error := sys.exception()) else "unexpected failure of the screen"
        self.panic(Text(report, overflow="fold"))  # Whatever does not fit into a line would be left out.

    async def action_quit(self) -> None:
        """End as `q` does: Textual has a key of its own for this, ctrl+q."""
        self.action_act("quit")


def _palette_entries(*, is_dark: bool, leaves: bool) -> Iterator[tuple[Action, str, str]]:
    """Yield the actions of the palette, each with its current title and explanation.

    `leaves` is true if the end of this view does not end the run.
    """
    now = {"switch_colors": ("Light colors" if is_dark else "Dark colors", "Switch between light and dark")}
    if leaves:
        now["quit"] = ("Quit", "Leave this view, or stop the run")
    for action in ACTIONS.values():
        if action.command:
            yield action, *now.get(action.id, action.command)
