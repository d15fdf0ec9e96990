"""The main screen of a run: the list of captures, the details of one, and the lines around them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.tui.arrangement import Arrangement
from hookscope.tui.render import header, panels
from hookscope.tui.render.detail_pages import Details, Tab
from hookscope.tui.render.failure import failure
from hookscope.tui.render.footer import FocusedPane, footer
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.search_view import SearchView
from hookscope.tui.theme import Pieces
from hookscope.tui.view_state import RunState, ViewState
from hookscope.tui.widgets.capture_list import CaptureList
from hookscope.tui.widgets.detail_pane import Detail
from hookscope.tui.widgets.line_view import LineView
from hookscope.tui.widgets.list_pane import ListPane
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.widgets.text import ButtonBar, StateText, StaticText
from hookscope.tui.workers.detail_loader import DetailLoader
from hookscope.tui.workers.journal_view import CaughtUp, JournalView
from hookscope.views.status import Status


class MainScreen(Screen[None]):
    """Shows a state and the captures of a journal, and lets the user go through them.

    Set `search` before the screen is mounted.
    """

    search: SearchView

    def __init__(
        self, *, journal: Path, attached: bool, clock: Callable[[], datetime], secrets: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.state = ViewState(now=clock(), attached=attached)
        self._view = JournalView(journal, clock().tzinfo)
        self.timeline = self._view.timeline
        self.captures = CaptureList(self.timeline)
        self._loader = DetailLoader(journal, secrets, clock, self._show_details, self.say_error)
        self._clock = clock
        self.trouble: Callable[[], Pieces] = list
        """The message below the line that is being typed."""
        self._arrangement = Arrangement()
        self._arranged: set[str] = set()
        self._shows_all_runs = False

    def compose(self) -> ComposeResult:
        """Compose bars, list and details, a line to type in, and the footer."""
        # Before there is anything to restyle: as it is painted first.
        self._arranged = self._arrangement.classes(self.app.size) | (set() if self.timeline.count else {"blank"})
        self.add_class(*self._arranged, update=False)
        yield StateText(header.header, id="header")
        yield StateText(header.lights, id="lights")
        yield StateText(header.alert, id="alert")
        yield StaticText(id="query")
        with Container(id="body"):
            yield ListPane(self.timeline, self.captures, id="left")
            yield Detail(id="detail")
        yield StateText(panels.ending, id="ending")
        yield Prompt()
        yield ButtonBar(id="footer")

    def on_mount(self) -> None:
        """Paint what there is at once; then load the rest, and listen."""
        self.look()
        self.captures.focus()
        self.call_after_refresh(lambda: self.app.run_worker(self._loader.run(), name="details"))

    def on_unmount(self) -> None:
        """Close the journal."""
        self._view.close()

    def on_resize(self) -> None:
        """Adapt the arrangement to the size."""
        self._arrange()
        self.paint()

    def look(self) -> None:
        """Look at the journal and the clock, and paint."""
        self.read()
        self.paint()

    def read(self) -> bool:
        """Look at the journal and the clock; return whether the captures have changed, or can be read no longer."""
        now, problem = self._clock(), self._view.problem
        another_run = self._choose_run()
        if changed := self._view.refresh(now):
            self.search.journal_changed(edited=False)
        self.state = self.state.later(now, rate=self._view.rate.counts(now), has_others=self._view.has_others)
        return another_run or changed or problem != self._view.problem

    def _choose_run(self) -> bool:
        """Show the captures of this run alone, as soon as it is known, unless all are wanted; tell if that is new."""
        run = None if self._shows_all_runs else self.state.status.run_id
        if changed := self.state.knows_run and self._view.show_run(run):
            self.search.scope(run)
        return changed

    def switch_runs(self) -> None:
        """Show the captures of all runs, or of this one alone again."""
        self._shows_all_runs = not self._shows_all_runs
        self.look()
        self.captures.reveal()

    def _catch_up(self) -> None:
        """Read in a worker, off the event loop, when that takes longer."""
        if self._view.is_behind and self.is_up:
            self.app.run_worker(self._view.catch_up(self._caught_up), name="journal")

    def _caught_up(self, read: CaughtUp) -> None:
        if read.older and self.is_up:
            self.captures.shift(read.older)
        if read.edited:
            self.search.journal_changed(edited=True)
            self.captures.reveal()
        self.paint()

    def change(self, **changes: Any) -> None:
        """Paint the state with these fields replaced."""
        self.state = replace(self.state, **changes)
        self.paint()

    def take_status(self, status: Status) -> None:
        """Take in the run's own status."""
        self.state = replace(self.state, status=status, has_status=True)
        self.look()

    def say(self, pieces: Pieces) -> None:
        """Tell the user something for a few seconds."""
        now = self._clock()
        self.change(now=now, said=tuple(pieces), said_at=now.isoformat())

    def say_error(self, error: HookscopeError) -> None:
        """Tell the user what failed and what to do next."""
        self.say(failure(error))

    # Display

    @property
    def is_up(self) -> bool:
        """False while the screen is taken down: what it is made of goes first."""
        return self.is_running and self.app.is_running

    def _arrange(self) -> None:
        """Put everything in its place. Restyling it takes time, and is done only when something changes."""
        wanted = self._arrangement.classes(self.app.size)
        if self.query_one(ListPane).is_blank:
            wanted.add("blank")
        if self.state.run_state in (RunState.STOPPING, RunState.OVER):
            wanted.add("ending")
        if wanted != self._arranged:
            self.remove_class(*self._arranged, update=False).add_class(*wanted, update=False)
            self._arranged = wanted
            self.update_node_styles()

    @property
    def _is_small(self) -> bool:
        return self._arrangement.is_closed(self.app.size)

    @property
    def is_deep(self) -> bool:
        """True if there is something to go back from: full details, or the pane next to the list."""
        return self._arrangement.is_full or self.is_in_details

    @property
    def is_in_details(self) -> bool:
        """True if the details have the focus."""
        return self.place is FocusedPane.DETAILS

    @property
    def tab(self) -> Tab:
        """The page of the details that is shown."""
        return self.detail.tab

    @property
    def _prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def detail(self) -> Detail:
        """The details."""
        return self.query_one(Detail)

    @property
    def place(self) -> FocusedPane:
        """The pane that has the focus."""
        above = self.focused.ancestors if self.focused else ()
        return FocusedPane.DETAILS if self.detail in above else FocusedPane.LIST

    @on(CaptureList.Moved)
    @on(LineView.Resized)
    def paint(self) -> None:
        """Paint everything that has changed, unless the screen is being taken down already."""
        if not self.is_up:
            return
        self.paint_state()
        state, sought, has_problem = self.state, self.search.highlighted, bool(self._view.problem)
        self.query_one(ListPane).show(state, sought, has_problem=has_problem, all_runs=self._shows_all_runs)
        self.query_one("#footer", ButtonBar).show(
            footer(state, self.place, self.timeline, narrowed=self.search.is_narrowed, typing=self._prompt.is_open)
        )
        self.query_one(LineView).light(sought)
        self._want_details()
        self._paint_search()
        self.call_after_refresh(self._catch_up)  # Only now it is known which bodies are in view.

    def paint_state(self) -> None:
        """Paint all but the captures and what belongs to them."""
        for words in self.query(StateText):
            words.show(self.state)
        self._arrange()
        for sheet in self.app.screen_stack[1:]:
            if isinstance(sheet, Overlay):
                sheet.show(self.state)
        if self.focused is None:
            self.focus_list()

    def _paint_search(self) -> None:
        line = self.query_one("#query", StaticText)
        line.show(found_line := self.search.line(self.app.size.width - 2))
        line.display = bool(found_line)
        if self._prompt.is_open:
            self._prompt.say(self.trouble())

    def _want_details(self) -> None:
        if (ref := self.timeline.ref) is None:
            self._loader.want(None)
        elif self._arrangement.is_full or not self._is_small:
            state = self._view.revision if self.tab is Tab.DELIVERIES else self._view.outcome
            self._loader.want(self.detail.request(ref, state, self.state.status.registered))

    def _show_details(self, details: Details | None) -> None:
        if self.is_up:
            self.detail.show(details)

    # Moving about

    def focus_list(self) -> None:
        """Focus the list."""
        self.captures.focus()

    @on(CaptureList.Opened)
    def open(self) -> None:
        """Go to the details of the selected capture."""
        if self.timeline.capture_id is not None:
            self._arrangement.is_full = self._arrangement.is_full or self._is_small
            self._arrange()
            self.detail.focus_page()

    def on_descendant_focus(self) -> None:
        """Stop following when the details get the focus: they must not run away."""
        if self.is_in_details:
            self.timeline.hold()
        self.paint()

    def back(self) -> None:
        """Leave the full screen, else return to the list."""
        leaving = self._is_small or not self._arrangement.is_full
        self._arrangement.is_full = False
        self._arrange()
        if leaving:
            self.focus_list()
        self.paint()

    def zoom(self) -> None:
        """Show the details on the whole screen, or next to the list again."""
        self._arrangement.is_full = not self._arrangement.is_full or self._is_small
        self.paint()

    def place_details(self) -> None:
        """Put the details in the next place that there is for them: beside the list, below it, or nowhere."""
        self._arrangement.go_on(self.app.size)
        self._arrange()
        if self._is_small:
            self.focus_list()
        self.call_after_refresh(self.captures.reveal)
        self.paint()

    def show_tab(self, tab: int) -> None:
        """Show a page of the details."""
        self.detail.show_tab(Tab(tab))
        if self._is_small and not self._arrangement.is_full:
            self.open()
        self.paint()

    def next_tab(self) -> None:
        """Show the page after this one."""
        self.show_tab(self.tab % len(Tab) + 1)
