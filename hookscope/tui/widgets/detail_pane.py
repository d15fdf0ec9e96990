"""The pane next to, below, or instead of the list: one capture, its verdicts, and four pages about it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from hookscope.tui.actions import Scope, bindings
from hookscope.tui.render.detail_pages import Details, Tab
from hookscope.tui.render.footer import Button
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.widgets.line_view import LineView
from hookscope.tui.widgets.text import ButtonBar, StaticText

_NAMES = {Tab.PARSED: "Parsed", Tab.RAW: "Raw", Tab.HEADERS: "Headers", Tab.DELIVERY: "Delivery"}


class Detail(Vertical):
    """Shows details; the application decides which ones."""

    DEFAULT_CSS = """
    Detail { background: $background; }
    Detail > #verdict { max-height: 45%; overflow-y: hidden; }
    Detail > #tabs { background: $surface; }
    Detail:focus-within > #tabs { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.DETAILS)]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._details: Details | None = None
        self._tab = Tab.PARSED

    def compose(self) -> ComposeResult:
        """Compose verdict, tabs and page."""
        yield StaticText(id="verdict")
        yield ButtonBar(id="tabs", gap=1)
        yield LineView()

    @property
    def text_width(self) -> int:
        """The number of cells in a line of a page."""
        return self.query_one(LineView).text_width

    def show(self, details: Details | None) -> None:
        """Paint these details, or that there are none."""
        known, self._details = self._details, details
        lines = self.query_one(LineView)
        if details is None:
            self.query_one("#verdict", StaticText).show([(Tone.MUTED, "nothing is selected")])
            lines.show((), [], lines.text_width)
        else:
            same = known is not None and (known.wanted.capture_id, known.wanted.tab) == (
                details.wanted.capture_id,
                details.wanted.tab,
            )
            self.query_one("#verdict", StaticText).show(details.verdict)
            lines.show(details.lines, details.rows, details.wanted.width, keep=same)
        self.show_tab(self._tab)

    def show_tab(self, tab: Tab) -> None:
        """Mark a page as the one shown."""
        self._tab = tab
        deliveries = self._details.deliveries if self._details else 0
        buttons = []
        for page, name in _NAMES.items():
            count = f" ({deliveries})" if page is Tab.DELIVERY and deliveries else ""
            tone, left, right = (Tone.STRONG, "[", "]") if page is tab else (Tone.MUTED, " ", " ")
            pieces: Pieces = [(tone, left), (Tone.ACCENT, f"{page:d} "), (tone, f"{name}{count}{right}")]
            buttons.append(Button(pieces=pieces, action=f"tab({page:d})", rank=10 - page))
        self.query_one("#tabs", ButtonBar).show(buttons)

    def focus_page(self) -> None:
        """Focus the page."""
        self.query_one(LineView).focus()
