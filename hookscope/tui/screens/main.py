"""The main screen of a run: the list of captures, the details of one, and the lines around them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.model.run_events import Phase
from hookscope.tui.details_place import DetailsPlace, places
from hookscope.tui.render import capture_row, header, panels
from hookscope.tui.render.columns import heading
from hookscope.tui.render.detail_pages import DetailRequest, Details, Tab
from hookscope.tui.render.footer import Button, FocusedPane, footer, typing
from hookscope.tui.render.list_state import list_state
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.search_view import SearchView
from hookscope.tui.theme import Pieces
from hookscope.tui.view_state import RunState, ViewState
from hookscope.tui.widgets.capture_list import CaptureList
from hookscope.tui.widgets.detail_pane import Detail
from hookscope.tui.widgets.line_view import LineView
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.widgets.text import ButtonBar, StateText, StaticText
from hookscope.tui.workers.detail_loader import DetailLoader
from hookscope.tui.workers.journal_view import JournalView
from hookscope.views.status import Status

_SAID_SECONDS = 6.0


class MainScreen(Screen[None]):
    """Shows a state and the captures of a journal, and lets the user go through them.

    Set `search` before the screen is mounted.
    """

    search: SearchView

    def __init__(
        self, *, journal: Path, attached: bool, clock: Callable[[], datetime], secrets: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.scene = ViewState(now=clock(), attached=attached)
        self._view = JournalView(journal, clock().tzinfo)
        self.timeline = self._view.timeline
        self._loader = DetailLoader(journal, secrets, clock, self._show_details, self.say_error)
        self._clock = clock
        self.trouble: Callable[[], Pieces] = list
        """The message below the line that is being typed."""
        self._said_at = clock().isoformat()
        self.tab, self._full = Tab.EVENT, False
        self._unpacks = self._shows_all_runs = False
        self._chosen_place: DetailsPlace | None = None

    def compose(self) -> ComposeResult:
        """Compose bars, list and details, a line to type in, and the footer."""
        yield StateText(header.header, id="header")
        yield StateText(header.lights, id="lights")
        yield StateText(header.alert, id="alert")
        yield StaticText(id="quest")
        with Container(id="body"):
            with Vertical(id="left"):
                yield StaticText(id="list-head")
                yield CaptureList(self.timeline)
                yield StateText(panels.start, id="start")
            yield Detail(id="detail")
        yield StateText(panels.ending, id="ending")
        yield Prompt()
        yield ButtonBar(id="footer")

    def on_mount(self) -> None:
        """Paint what there is at once; then load the rest, and listen."""
        self._arrange()
        self.look()
        self.query_one(CaptureList).focus()
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(lambda: self.app.run_worker(self._loader.run(), name="details"))

    def on_unmount(self) -> None:
        """Close the journal."""
        self._view.close()

    def on_resize(self) -> None:
        """Adapt the arrangement to the size."""
        self._arrange()
        self.paint()

    def _tick(self) -> None:
        if self.scene.said and self.scene.seconds_since(self._said_at) > _SAID_SECONDS:
            self.scene = replace(self.scene, said=())
        self.look()

    def look(self) -> None:
        """Look at the journal and the clock, and paint."""
        now = self._clock()
        self._choose_run()
        if self._view.refresh(now):
            self.search.journal_changed(edited=False)
        if self._view.is_edited:
            self._view.is_edited = False
            self.app.run_worker(self._renew(), name="edited captures")
        if self._view.has_older:
            self._view.has_older = False
            self.app.run_worker(self._load_older(), name="older captures")
        self.change(now=now, rate=self._view.rate.counts(now), has_others=self._view.has_others)

    def _choose_run(self) -> None:
        """Show the captures of this run alone, as soon as it is known, unless all are wanted."""
        status = self.scene.status
        is_known = status.run_id is not None or status.phase is not Phase.STARTING
        if not (self.scene.heard and is_known) and not self.scene.lost:
            return
        if self._view.show_run(run := None if self._shows_all_runs else status.run_id):
            self.search.scope(run)

    def switch_runs(self) -> None:
        """Show the captures of all runs, or of this one alone again."""
        self._shows_all_runs = not self._shows_all_runs
        self.look()
        self.reveal()

    async def _renew(self) -> None:
        await self._view.renew()
        self.search.journal_changed(edited=True)
        self.reveal()
        self.paint()

    async def _load_older(self) -> None:
        rows = await self._view.load_older()
        if self._is_up:
            self.query_one(CaptureList).shift(rows)

    def change(self, **changes: Any) -> None:
        """Paint the state with these fields replaced."""
        self.scene = replace(self.scene, **changes)
        self.paint()

    def hear(self, status: Status) -> None:
        """Take in the run's own status."""
        self.scene = replace(self.scene, status=status, heard=True)
        self.look()

    def say(self, pieces: Pieces) -> None:
        """Tell the user something for a few seconds."""
        self._said_at = self._clock().isoformat()
        self.change(now=self._clock(), said=tuple(pieces))

    def say_error(self, error: HookscopeError) -> None:
        """Tell the user what failed and what to do next."""
        self.say(header.failure(error))

    # Display

    @property
    def _is_up(self) -> bool:
        """False while the screen is taken down: what it is made of goes first."""
        return self.is_running and self.app.is_running

    def _arrange(self) -> None:
        """Place the details next to the list, below it, or in its place."""
        place = self._details_place
        self.set_class(place is DetailsPlace.BESIDE, "wide")
        self.set_class(place is DetailsPlace.BELOW, "tall")
        self.set_class(self._full, "full")
        self.set_class(not self.timeline.count and self.query_one("#start").display, "blank")
        self.set_class(self.scene.fate in (RunState.STOPPING, RunState.OVER), "ending")

    @property
    def _details_place(self) -> DetailsPlace:
        """The place of the details beside the list: as the user has it, or as there is room."""
        return self._chosen_place if self._chosen_place in (found := places(*self.app.size)) else found[0]

    @property
    def _is_small(self) -> bool:
        return self._details_place is DetailsPlace.CLOSED

    @property
    def is_deep(self) -> bool:
        """True if there is something to go back from: full details, or the pane next to the list."""
        return self._full or self.is_in_details

    @property
    def is_in_details(self) -> bool:
        """True if the details have the focus."""
        return self.place is FocusedPane.DETAILS

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
        if not self._is_up:
            return
        scene = self.scene
        for words in self.query(StateText):
            words.show(scene)
        self._arrange()
        for sheet in self.app.screen_stack[1:]:
            if isinstance(sheet, Overlay):
                sheet.show(scene)
        captures = self.query_one(CaptureList)
        if self.focused is None:
            captures.focus()
        self._paint_list(captures)
        self.query_one("#footer", ButtonBar).show(self._footer())
        self.query_one(LineView).light(self.search.highlighted)
        self._want_details()
        self._paint_search()
        self.call_after_refresh(self._unpack_large)

    def _unpack_large(self) -> None:
        """Have the large bodies unpacked that were painted without what they hold."""
        if self.timeline.reader.large and self._is_up and not self._unpacks:
            self._unpacks = True
            self.app.run_worker(self._unpack(), name="large bodies")

    async def _unpack(self) -> None:
        await self._view.unpack_large()
        self._unpacks = False
        self.paint()

    def _paint_list(self, captures: CaptureList) -> None:
        scene = self.scene
        moment = capture_row.Moment(
            now=scene.now,
            began=scene.began,
            run=scene.status.run_id,
            forwards=bool(scene.status.targets),
            wanted=self.search.highlighted,
        )
        captures.show(moment, forwarding=scene.forwards)
        if captures.size:
            has_problem = bool(self._view.problem) and scene.status.phase is not Phase.STARTING
            badge = list_state(
                self.timeline, captures.shape.summary, has_problem=has_problem, all_runs=self._shows_all_runs
            )
            self.query_one("#list-head", StaticText).show(heading(captures.shape, badge, captures.day))

    def _paint_search(self) -> None:
        line, prompt = self.query_one("#quest", StaticText), self.query_one(Prompt)
        line.show(told := self.search.line(self.app.size.width - 2))
        line.display = bool(told)
        if prompt.is_open:
            prompt.say(self.trouble())

    def _footer(self) -> list[Button]:
        if self.query_one(Prompt).is_open:
            return typing()
        return footer(self.scene, self.place, self.timeline, narrowed=self.search.is_narrowed)

    def _want_details(self) -> None:
        if (ref := self.timeline.ref) is None:
            self._loader.want(None)
        elif self._full or not self._is_small:
            state = self._view.revision if self.tab is Tab.DELIVERIES else self._view.outcome
            pane = self.detail
            links = tuple(self.scene.status.registered.items()) if self.tab is Tab.HANDSHAKE else ()
            wanted = DetailRequest(
                capture_id=ref.capture_id,
                position=ref.position if self.tab is Tab.EVENT else 0,
                tab=self.tab,
                width=pane.text_width,
                state=state,
                registered=links,
            )
            self._loader.want(wanted)

    def _show_details(self, details: Details | None) -> None:
        if self._is_up:
            self.detail.show(details)

    # Moving about

    def reveal(self) -> None:
        """Scroll as little as it takes to show the selected capture."""
        if self._is_up:
            self.query_one(CaptureList).reveal()

    def focus_list(self) -> None:
        """Focus the list."""
        self.query_one(CaptureList).focus()

    def go_to(self, capture_id: int) -> None:
        """Select the capture with this id."""
        self.timeline.hold()
        self.timeline.select(self.timeline.find(capture_id))
        self.reveal()
        self.paint()

    @on(CaptureList.Opened)
    def open(self) -> None:
        """Go to the details of the selected capture."""
        if self.timeline.capture_id is not None:
            self._full = self._full or self._is_small
            self._arrange()
            self.detail.focus_page()

    def on_descendant_focus(self) -> None:
        """Stop following when the details get the focus: they must not run away."""
        if self.is_in_details:
            self.timeline.hold()
        self.paint()

    def back(self) -> None:
        """Leave the full screen, else return to the list."""
        leaving, self._full = self._is_small or not self._full, False
        self._arrange()
        if leaving:
            self.focus_list()
        self.paint()

    def zoom(self) -> None:
        """Show the details on the whole screen, or next to the list again."""
        self._full = not self._full or self._is_small
        self.paint()

    def place_details(self) -> None:
        """Put the details in the next place that there is for them: beside the list, below it, or nowhere."""
        found = places(*self.app.size)
        self._full, self._chosen_place = False, found[(found.index(self._details_place) + 1) % len(found)]
        self._arrange()
        if self._is_small:
            self.focus_list()
        self.call_after_refresh(self.reveal)
        self.paint()

    def show_tab(self, tab: int) -> None:
        """Show a page of the details."""
        self.tab = Tab(tab)
        self.detail.show_tab(self.tab)
        if self._is_small and not self._full:
            self.open()
        self.paint()

    def next_tab(self) -> None:
        """Show the page after this one."""
        self.show_tab(self.tab % len(Tab) + 1)

    def follow(self) -> None:
        """Select the newest capture, now and whenever one comes."""
        self.timeline.follow()
        self.paint()

    def hold(self) -> None:
        """Stay at the selected capture."""
        self.timeline.hold()
        self.paint()

    def pause(self) -> None:
        """Freeze the list, or show what has come since."""
        self.timeline.pause(not self.timeline.paused)
        self.paint()
