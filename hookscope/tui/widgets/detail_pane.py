"""The pane next to, below, or instead of the list: one capture, its verdicts, and pages about it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from hookscope.model.capture_id import EventRef
from hookscope.tui.key_bindings import bindings
from hookscope.tui.render.detail_pages import DetailRequest, Details, Tab
from hookscope.tui.render.footer import Button
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.widgets.line_view import LineView
from hookscope.tui.widgets.text import ButtonBar, StaticText
from hookscope.views.actions import ACTIONS, KeyScope
from hookscope.views.page import Page
from hookscope.views.status import LinkStatus

_NAMES = {
    Tab.EVENT: ("Event", "Event"),
    Tab.TREE: ("Tree", "Tree"),
    Tab.RAW: ("Raw", "Raw"),
    Tab.HEADERS: ("Headers", "Head"),
    Tab.SIGNATURE: ("Signature", "Sig"),
    Tab.HANDSHAKE: ("Handshake", "Shake"),
    Tab.DELIVERIES: ("Deliveries", "Sent"),
}
"""Long and short names."""


class Detail(Vertical):
    """Shows details; the application decides which ones."""

    DEFAULT_CSS = """
    Detail { background: $background; }
    Detail > #verdict { max-height: 45%; overflow-y: hidden; }
    Detail > #tabs { background: $surface; }
    Detail:focus-within > #tabs { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.DETAILS)]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._details: Details | None = None
        self.tab = Tab.EVENT

    def compose(self) -> ComposeResult:
        """Compose verdict, tabs and page."""
        yield StaticText(id="verdict")
        yield ButtonBar(id="tabs", gap=0)
        yield LineView()

    def request(self, ref: EventRef, state: object, registered: Mapping[str, LinkStatus]) -> DetailRequest:
        """Return the details of a capture, or of an event of it, that this page is to show."""
        return DetailRequest(
            capture_id=ref.capture_id,
            position=ref.position if self.tab is Tab.EVENT else 0,
            tab=self.tab,
            width=self.query_one(LineView).text_width,
            state=state,
            registered=tuple(registered.items()) if self.tab is Tab.HANDSHAKE else (),
        )

    def show(self, details: Details | None) -> None:
        """Paint these details, or that there are none."""
        known, self._details = self._details, details
        lines = self.query_one(LineView)
        if details is None:
            self.query_one("#verdict", StaticText).show([(Tone.MUTED, "nothing is selected")])
            lines.show(Page([]), [], lines.text_width)
        else:
            same = known is not None and _page_of(known) == _page_of(details)
            self.query_one("#verdict", StaticText).show(details.verdict)
            lines.show(details.page, details.rows, details.wanted.width, keep=same)
        self._show_tabs()

    def show_tab(self, tab: Tab) -> None:
        """Mark a page as the one shown."""
        self.tab = tab
        self._show_tabs()

    def on_resize(self) -> None:
        """Shorten the names of the pages where there is little room."""
        self._show_tabs()

    def _show_tabs(self) -> None:
        room = self.size.width - 2  # The bar may not be laid out yet.
        count = self._details.deliveries if self._details else 0
        forms = [self._tabs(*form) for form in ((0, 0, count), (0, 1, count), (1, 1, count), (1, 1, 0))]
        fitting = (form for form in forms if extent(_all(form)) <= room)
        self.query_one("#tabs", ButtonBar).show(next(fitting, forms[-1]))

    def _tabs(self, own: int, others: int, deliveries: int) -> list[Button]:
        """Return the tabs, with one form of the name for the shown tab and another for the rest; 0 is not shown."""
        shown = self.tab
        return [
            _tab(page, names[own if page is shown else others], page is shown, deliveries)
            for page, names in _NAMES.items()
        ]

    @property
    def lines(self) -> LineView:
        """The page."""
        return self.query_one(LineView)

    def focus_page(self) -> None:
        """Focus the page."""
        self.query_one(LineView).focus()


def _page_of(details: Details) -> tuple[int, int, Tab]:
    return details.wanted.capture_id, details.wanted.position, details.wanted.tab


def _tab(page: Tab, name: str, is_shown: bool, deliveries: int) -> Button:
    count = f" ({deliveries})" if page is Tab.DELIVERIES and deliveries else ""
    tone, left, right = (Tone.STRONG, "[", "]") if is_shown else (Tone.MUTED, " ", " ")
    pieces: Pieces = [(tone, left), (Tone.ACCENT, f"{page:d} "), (tone, f"{name}{count}{right}")]
    return Button(pieces=pieces, action=ACTIONS[f"tab_{page:d}"].runs, rank=10 if is_shown else 9 - page)


def _all(buttons: Sequence[Button]) -> Pieces:
    return [piece for button in buttons for piece in button.pieces]
