"""Searching the focused page of the details."""

from bisect import bisect_left

from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.typing_aid import TypingAid
from hookscope.tui.widgets.prompt import Prompt


class PageSearch:
    """`/` asks for a text, `n` and `N` go from hit to hit, also into folds."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        self._text = self._before = ""
        self._at = 0

    @property
    def is_active(self) -> bool:
        """True while a search is active."""
        return bool(self._text)

    def open(self) -> None:
        """Ask for a search text."""
        self._before = self._text
        self._main.query_one(Prompt).open("find", self._text, "text on this page", TypingAid())
        self._main.paint()

    def typed(self, text: str) -> None:
        """Go to the first line, from the present one on, that holds the text typed so far."""
        self._text = text.strip()
        hits = self._hits()
        if hits:
            self._at = hits[min(bisect_left(hits, self._at), len(hits) - 1)]
            self._main.detail.lines.go_to(self._at)
        self._main.paint()

    def closed(self, text: str, *, kept: bool) -> None:
        """Keep the hits, or return to the previous search."""
        self._text = text.strip() if kept else self._before
        hits = self._hits()
        self._main.detail.focus_page()
        if kept and self._text:
            self._say(hits)
        self._main.paint()

    def go_to_hit(self, direction: int) -> None:
        """Go to the next hit below or above; after the last comes the first."""
        if hits := self._hits():
            at = bisect_left(hits, self._at)
            here = at < len(hits) and hits[at] == self._at
            step = (1 if here else 0) if direction < 0 else -1
            self._at = hits[(at + step) % len(hits)]
            self._main.detail.lines.go_to(self._at)
        self._say(hits)

    def let_go(self) -> None:
        """End it."""
        self._text, self._at = "", 0
        self._hits()

    def trouble(self) -> Pieces:
        """Return the number of hits, shown while the text is typed."""
        return self._told(self._hits()) if self._text else []

    def _hits(self) -> list[int]:
        return self._main.detail.lines.find(self._text)

    def _say(self, hits: list[int]) -> None:
        keys: Pieces = [(Tone.ACCENT, "  n N"), (Tone.MUTED, " next, previous  "), (Tone.ACCENT, "esc")]
        self._main.say([*self._told(hits), *(keys if hits else []), (Tone.MUTED, " clear" if hits else "")])

    def _told(self, hits: list[int]) -> Pieces:
        if not hits:
            where = "in the part that is shown" if self._main.detail.lines.is_cut else "on this page"
            return [(Tone.WARN, "! "), (Tone.TEXT, f"not {where}")]
        at = bisect_left(hits, self._at) + 1
        return [(Tone.STRONG, f"{min(at, len(hits)):,} of {len(hits):,}"), (Tone.TEXT, " lines on this page")]
