"""The finding half of looking: a filter that leaves rows out, and a search that goes from hit to hit."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from hookscope.tui import cell_text
from hookscope.tui.render.footer import FocusedPane
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.widgets.capture_list import CaptureList
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.widgets.text import StaticText
from hookscope.tui.workers.live_query import LiveQuery
from hookscope.views.highlight import Sought, search_words
from hookscope.views.timeline import revised

_EXAMPLES = {"filter": "field:feed app:5xx  sig:invalid  not is:test", "search": "a word, or a filter"}
_SEARCHING = "searching…"


class SearchController(MainScreen):
    """`f` types a filter, `/` a search; `n` and `N` go to the next hit; escape lets go of the one, then the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", show=False),
        Binding("slash", "search", show=False),
        Binding("n", "hit(-1)", show=False),
        Binding("N", "hit(1)", show=False),
    ]

    def __init__(self, *, journal: Path, attached: bool, clock: Callable[[], datetime]) -> None:
        super().__init__(journal=journal, attached=attached, clock=clock)
        self._filter = LiveQuery(
            journal, begun=self.timeline.narrow, found=self._keep, revised=self._keep_other, fail=self.say_error
        )
        self._search = LiveQuery(
            journal, begun=self._forget_hits, found=self._hit, revised=self._hit_other, fail=self.say_error
        )
        self._typing = self._filter
        self._before_typing = ""
        self._hits = array("q")
        self._goes_to_hit = False

    def listen(self) -> None:
        """The screen is painted: begin what takes longer."""
        super().listen()
        self.run_worker(self._filter.sifter.run(), name="filter")
        self.run_worker(self._search.sifter.run(), name="search")

    def on_unmount(self) -> None:
        """Look no further: the process ends only when its threads have ended."""
        for quest in (self._filter, self._search):
            quest.sifter.want(None)

    def on_journal_changed(self, *, edited: bool) -> None:
        """Captures have come, or others than those that come last are not what they were."""
        for quest in (self._filter, self._search):
            if edited and quest.wanted is not None:
                quest.again()
            quest.sifter.look_again()

    @property
    def highlighted(self) -> Sought:
        """The words to be seen at a glance."""
        quests = (self._search, self._filter)
        return tuple(word for quest in quests if quest.wanted for word in search_words(quest.wanted))

    @property
    def is_narrowed(self) -> bool:
        """Whether something is looked for, which can be let go."""
        return any(quest.wanted for quest in (self._search, self._filter))

    @property
    def _is_deep(self) -> bool:
        """Whether there is something to go back from: full details, or the pane beside the list."""
        return self._full or self._place is FocusedPane.DETAILS

    def quest_line(self) -> Pieces:
        """What is looked for, and how much of it there is; nothing as a rule."""
        pieces: Pieces = []
        if self._filter.wanted:
            more = "…" if self._filter.sifter.is_looking else ""
            count = f"{self.timeline.count:,}{more} of {self.timeline.total:,}"
            pieces += [(Tone.ACCENT, "filter "), (Tone.STRONG, cell_text.clean(self._filter.text))]
            pieces.append((Tone.MUTED, f"  {_SEARCHING if self._filter.is_fresh else count}"))
        if self._search.wanted:
            pieces += [(Tone.ACCENT, "   /" if pieces else "/"), (Tone.STRONG, cell_text.clean(self._search.text))]
            pieces.append((Tone.MUTED, f"  {self._where()}"))
        return pieces

    # Typing

    def action_filter(self) -> None:
        """Type a filter."""
        self._type(self._filter, "filter")

    def action_search(self) -> None:
        """Type what to search for."""
        self._type(self._search, "search")

    def action_close_prompt(self, kept: bool) -> None:
        """As enter and escape do while something is typed."""
        self.base.query_one(Prompt).action_close(kept)

    def on_key(self, event: events.Key) -> None:
        """Type what was pressed before the line had the keys: elsewhere a letter might replay, or stop the run."""
        if isinstance(self.focused, Input) and event.is_printable and event.character:
            event.prevent_default()
            self.focused.replace(event.character, *self.focused.selection)

    def _type(self, quest: LiveQuery, name: str) -> None:
        self._typing, self._before_typing = quest, quest.text
        self.base.query_one(Prompt).open("filter" if quest is self._filter else "/", quest.text, _EXAMPLES[name])
        self._paint()

    @on(Prompt.Typed)
    def _on_typed(self, event: Prompt.Typed) -> None:
        self._ask(self._typing, event.text)

    @on(Prompt.Closed)
    def _on_closed(self, event: Prompt.Closed) -> None:
        quest = self._typing
        if event.kept and quest.problem:
            self.base.query_one(Prompt).reopen()
            self._paint()
            return
        if not event.kept:
            self._ask(quest, self._before_typing)
        quest.problem = None
        self.base.query_one(CaptureList).focus()
        if event.kept and quest is self._search and quest.wanted:
            self._goes_to_hit = True
            self._go_to_first_hit()
        self._paint()

    def _ask(self, quest: LiveQuery, text: str) -> None:
        had = quest.wanted is not None
        quest.ask(text, self._filter.wanted if quest is self._search else None)
        if had and quest.wanted is None:
            self._let_go(quest)
        elif quest is self._filter and self._search.wanted:
            self._search.ask(self._search.text, self._filter.wanted)
        self._paint()

    async def action_back(self) -> None:
        """Let go of the search, then of the filter, where nothing else is left to leave."""
        quest = next((quest for quest in (self._search, self._filter) if quest.wanted), None)
        if quest is None or self._is_deep:
            await super().action_back()
        else:
            self._ask(quest, "")

    def _let_go(self, quest: LiveQuery) -> None:
        if quest is self._search:
            self._forget_hits()
            return
        self.timeline.widen()
        if self._search.wanted:
            self._search.ask(self._search.text)
        self.base.query_one(CaptureList).reveal()

    # Hits

    def action_hit(self, direction: int) -> None:
        """Go to the next older hit, or the next newer one; after the last comes the first."""
        number = self.timeline.number
        if not self._hits or number is None:
            if not self._search.wanted:
                self.action_search()
            return
        at = bisect_left(self._hits, number) - 1 if direction < 0 else bisect_right(self._hits, number)
        self._go_to(self._hits[at % len(self._hits)])

    def _go_to_first_hit(self) -> None:
        """The newest hit that is not after the selected capture, else the newest."""
        number = self.timeline.number
        if not self._hits or number is None:
            return
        self._goes_to_hit = False
        at = bisect_right(self._hits, number) - 1
        self._go_to(self._hits[at])

    def _go_to(self, number: int) -> None:
        self.timeline.hold()
        self.timeline.select(self.timeline.find(number))
        self.base.query_one(CaptureList).reveal()
        self._paint()

    def _where(self) -> str:
        if self._search.is_fresh:
            return _SEARCHING
        more = "…" if self._search.sifter.is_looking else ""
        if not self._hits:
            return "no hit"
        number = self.timeline.number or 0
        at = bisect_left(self._hits, number)
        if at < len(self._hits) and self._hits[at] == number:
            return f"{len(self._hits) - at:,} of {len(self._hits):,}{more}"
        return f"{len(self._hits):,}{more} hit{'' if len(self._hits) == 1 else 's'}"

    def _forget_hits(self) -> None:
        self._hits = array("q")

    def _hit(self, numbers: "array[int]", older: bool) -> None:
        self._hits = numbers + self._hits if older else self._hits + numbers
        if self._goes_to_hit:
            self._go_to_first_hit()
        self._paint()

    def _hit_other(self, looked_at: Collection[int], hits: set[int]) -> None:
        self._hits = revised(self._hits, looked_at, hits)
        self._paint()

    def _keep_other(self, looked_at: Collection[int], hits: set[int]) -> None:
        self.timeline.revise_hits(looked_at, hits)
        self._paint()

    def _keep(self, numbers: "array[int]", older: bool) -> None:
        self.timeline.add_hits(numbers, older=older)
        if older:
            self.base.query_one(CaptureList).reveal()
        self._paint()

    # Painting

    def _paint(self) -> None:
        if not self.is_running:
            return  # The screen is being taken down, one widget after the other.
        super()._paint()
        prompt = self.base.query_one(Prompt)
        line, told = self.base.query_one("#quest", StaticText), self._fitting(self.quest_line())
        line.show(told)
        line.display = bool(told)
        if prompt.is_open:
            prompt.say(self._typing.trouble())

    def _fitting(self, pieces: Pieces) -> Pieces:
        """With what escape does, where there is room for that."""
        if not pieces:
            return []
        keys: Pieces = []
        if self._search.wanted and len(self._hits) > 1:
            keys += [(Tone.ACCENT, "n N"), (Tone.MUTED, " older, newer  ")]
        keys += [(Tone.ACCENT, "esc"), (Tone.MUTED, " clear")]
        room = self.size.width - 2 - extent(pieces) - extent(keys)
        return [*pieces, (Tone.TEXT, " " * room), *keys] if room > 1 else pieces
