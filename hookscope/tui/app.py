"""The application: owns the screen and its controllers, listens to the run, and decides when to end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from hookscope.tui import theme
from hookscope.tui.controllers.annotate import AnnotateController
from hookscope.tui.controllers.doctor import DoctorController
from hookscope.tui.controllers.ending import EndingController
from hookscope.tui.controllers.export import ExportController
from hookscope.tui.controllers.fetch import FetchController
from hookscope.tui.controllers.page_search import PageSearch
from hookscope.tui.controllers.replay import ReplayController
from hookscope.tui.controllers.search import SearchController
from hookscope.tui.filter_history import FilterHistory
from hookscope.tui.interaction import Interaction
from hookscope.tui.key_bindings import bindings
from hookscope.tui.keyboard import Keyboard
from hookscope.tui.render import help_pages
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.view_state import RunState, local_now
from hookscope.tui.watchdog import Loss, owns_terminal
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.workers.run_client import RunClient
from hookscope.views.actions import ACTIONS, Scope
from hookscope.views.status import Status

_LAST_LOOK_SECONDS = 0.25
_FIRST_PAINT_SECONDS = 1.0


class HookscopeApp(App[None]):
    """Shows a run: the journal that it writes, and the status from its control socket."""

    TITLE = "hookscope"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]

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
        self.main.scene = replace(self.main.scene, is_new=is_new)
        self._run = RunClient(socket)
        self.keyboard = Keyboard(self, super().on_event)
        interaction = Interaction(self, self.main, self.keyboard)
        self._search = self.main.search = SearchController(self.main, journal, FilterHistory(filters, secrets))
        self._page_search = PageSearch(self.main)
        self._typist: SearchController | PageSearch = self._search
        self._annotate = AnnotateController(self.main, interaction, journal)
        self._export = ExportController(self, self.main, interaction, journal, self._run, secrets)
        self._doctor = DoctorController(self.main, interaction, self._run)
        self._fetch = FetchController(self.main, interaction, self._run)
        self._replay = ReplayController(self, self.main, interaction, journal, self._run)
        self._ending = EndingController(self, self.main, self._run)
        self._listens = False

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
        self.run_worker(self._search.run(), name="search")
        self.run_worker(self._watch(), name="watch")

    def on_unmount(self) -> None:
        """Let the threads end."""
        self._search.close()

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed in order."""
        if not self.keyboard.takes(event):
            await super().on_event(event)

    @on(Prompt.Typed)
    def _on_typed(self, event: Prompt.Typed) -> None:
        self._typist.typed(event.text)

    @on(Prompt.Closed)
    def _on_closed(self, event: Prompt.Closed) -> None:
        self._typist.closed(event.text, kept=event.kept)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the entries of the command palette: every action that has a key."""
        for action in ACTIONS.values():
            if action.command:
                title, explanation = self._told_now(action.id) or action.command
                yield SystemCommand(title, explanation, partial(self.run_action, action.runs))

    def _told_now(self, action: str) -> tuple[str, str] | None:
        """Return the palette's text for an action that varies from case to case."""
        if action == "switch_colors":
            return ("Light colors" if self.theme == theme.DARK.name else "Dark colors"), "Switch between light and dark"
        if action == "quit" and (self.main.scene.attached or self.main.scene.fate is RunState.GONE):
            return "Quit", "Leave this view, or stop the run"
        return None

    async def _watch(self) -> None:
        await self._run.watch(self._hear)
        if self.main.scene.status.exit_code is None:
            self.main.change(lost=True)
            if not owns_terminal():
                # The shell has taken the terminal back together with the run: nothing can be read here anymore.
                self.exit()

    def _hear(self, status: Status) -> None:
        self.main.hear(status)
        if status.exit_code is not None:
            self.set_timer(_LAST_LOOK_SECONDS, self.exit)

    # Actions

    async def action_back(self) -> None:
        """End the search on the page, else leave the details, else end the search, else the filter."""
        if self._page_search.is_active:
            self._page_search.let_go()
        elif self.main.is_deep or not self._search.let_go():
            self.main.back()

    def action_open(self) -> None:
        """Go to the details of the selected capture."""
        self.main.open()

    def action_zoom(self) -> None:
        """Show the details on the whole screen, or next to the list again."""
        self.main.zoom()

    def action_place_details(self) -> None:
        """Put the details beside the list, below it, or nowhere."""
        self.main.place_details()

    def action_tab(self, tab: int) -> None:
        """Show a page of the details."""
        self.main.show_tab(tab)

    def action_next_tab(self) -> None:
        """Show the page after this one."""
        self.main.next_tab()

    def action_follow(self) -> None:
        """Select the newest capture, now and whenever one comes."""
        self.main.follow()

    def action_switch_runs(self) -> None:
        """Show the captures of all runs, or of this one alone again."""
        self.main.switch_runs()

    def action_pause(self) -> None:
        """Freeze the list, or show what has come since."""
        self.main.pause()

    def action_connection(self) -> None:
        """Show every link of the chain in full, and the run's notices."""
        self.push_screen(Overlay("Connection", help_pages.connection, self.main.scene))

    def action_doctor(self) -> None:
        """Have the run check every link of the chain."""
        self._doctor.open()

    def action_fetch(self) -> None:
        """Have the run read what the selected capture points at."""
        self._fetch.open()

    def action_help(self) -> None:
        """Show the keys of the pane that has the focus, and the marks."""
        self.main.change(is_new=False)
        self.push_screen(Overlay("Help", partial(help_pages.help_text, self.main.place), self.main.scene))

    def action_filter(self) -> None:
        """Type a filter."""
        self._type_for(self._search)
        self._search.filter()

    def action_suspend_filter(self) -> None:
        """Show everything for a while, or only what the filter leaves again."""
        self._type_for(self._search)
        self._search.suspend_filter()

    def action_search(self) -> None:
        """Type what to search for: on the page that has the focus, else among the captures."""
        if self.main.is_in_details:
            self._type_for(self._page_search)
            self._page_search.open()
        else:
            self._type_for(self._search)
            self._search.search()

    def _type_for(self, typist: "SearchController | PageSearch") -> None:
        self._typist, self.main.trouble = typist, typist.trouble

    def action_close_prompt(self, kept: bool) -> None:
        """Do as enter and escape do while something is typed."""
        self.main.query_one(Prompt).action_close(kept)

    def action_hit(self, direction: int) -> None:
        """Go to the next older hit, or the next newer one; on a page, further down or up."""
        if self.main.is_in_details and self._page_search.is_active:
            self._page_search.go_to_hit(direction)
        else:
            self._type_for(self._search)
            self._search.go_to_hit(direction)

    def action_mark(self) -> None:
        """Mark the selected capture, or remove its mark."""
        self._annotate.mark()

    def action_note(self) -> None:
        """Attach a note to the selected capture."""
        self._annotate.note()

    def action_delete(self) -> None:
        """Ask whether to delete the selected capture."""
        self._annotate.delete()

    def action_clear(self) -> None:
        """Ask whether to delete all captures that are not marked."""
        self._annotate.clear()

    def action_copy(self) -> None:
        """Copy the selected capture; when repeated, another part of it."""
        self._export.copy()

    def action_copy_as(self, what: str) -> None:
        """Copy the body, the headers, or a command for curl."""
        self._export.copy_as(what)

    def action_copy_path(self) -> None:
        """Copy the JSON path of the cursor in the tree."""
        self._export.copy_path()

    def action_export(self) -> None:
        """Ask for the format of an export, and its destination."""
        self._export.export()

    def action_compare(self) -> None:
        """Show the differences of the two marked captures."""
        self._export.compare()

    def action_compare_with_previous(self) -> None:
        """Show the differences of the selected capture from the last one of its kind."""
        self._export.compare_with_previous()

    def action_replay(self) -> None:
        """Send the selected capture to where this run forwards to, or ask where."""
        self._replay.replay()

    def action_replay_to(self) -> None:
        """Ask where to send the selected capture."""
        self._replay.replay_to()

    def action_edit(self) -> None:
        """Have the body of the selected capture edited, and send the result."""
        self._replay.edit()

    def action_trigger(self) -> None:
        """Ask for a sample, and have the run receive it."""
        self._replay.trigger()

    def action_switch_colors(self) -> None:
        """Switch between dark and light colors."""
        self.theme = theme.LIGHT.name if self.theme == theme.DARK.name else theme.DARK.name
        self.main.look()

    # Ending

    def abandon(self, loss: Loss) -> None:
        """Leave: the terminal is gone, or the process that started this view."""
        if loss is Loss.PARENT and not self.main.scene.attached:
            self.main.scene = replace(self.main.scene, heard=True, lost=True)  # That was the run.
        self.exit()

    async def action_quit(self) -> None:
        """Stop the run, or leave a view that is only attached to one."""
        self._ending.end(again=False)

    def action_interrupt(self) -> None:
        """Act as `q`; when repeated, tell the run to leave at once."""
        self._ending.end(again=True)
