"""Lines of a body or of a table, wrapped to the width of the pane; only those on the screen are painted."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hookscope.tui import theme
from hookscope.tui.actions import Scope, bindings
from hookscope.tui.render.wrapping import wrap
from hookscope.tui.theme import TOKEN_TONES
from hookscope.views.body import BodyLine, Piece
from hookscope.views.highlight import Sought


class LineView(ScrollView, can_focus=True):
    """Scrolls through lines."""

    DEFAULT_CSS = """
    LineView { background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PAGE)]

    class Resized(Message):
        """The number of cells in a row has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[BodyLine] = ()
        self._rows: list[tuple[Piece, ...]] = []
        self._wrapped_to = 0
        self._sought: Sought = ()

    @property
    def text_width(self) -> int:
        """The number of cells in a row."""
        return max(self.size.width - 2, 10)

    def show(self, lines: Sequence[BodyLine], rows: list[tuple[Piece, ...]], width: int, *, keep: bool = False) -> None:
        """Paint lines that are wrapped to `width` already; from their beginning, unless they are unchanged."""
        self._lines, self._rows, self._wrapped_to = lines, rows, width
        if width != self.text_width:
            self._wrap()
        self._measure()
        if not keep:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def light(self, sought: Sought) -> None:
        """Highlight these words."""
        if sought != self._sought:
            self._sought = sought
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render one row of the screen."""
        number = y + self.scroll_offset.y
        width = self.size.width
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        styles = theme.styles(self.app.theme_variables)
        row, sought = self._rows[number], self._sought
        pieces = [piece for token, text in row for piece in theme.lit(TOKEN_TONES[token], text, sought)]
        segments = [Segment(text, styles[tone]) for tone, text in pieces if text]
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def on_resize(self) -> None:
        """Wrap to the new width."""
        if self.text_width != self._wrapped_to:
            self._wrap()
            self.post_message(self.Resized())
        self._measure()

    def action_scroll_down(self) -> None:
        """Scroll one row down, at once."""
        self.scroll_relative(y=1, animate=False, immediate=True)

    def action_scroll_up(self) -> None:
        """Scroll one row up, at once."""
        self.scroll_relative(y=-1, animate=False, immediate=True)

    def action_page_down(self) -> None:
        """Scroll a screen down, at once."""
        self.scroll_relative(y=max(self.size.height - 1, 1), animate=False, immediate=True)

    def action_page_up(self) -> None:
        """Scroll a screen up, at once."""
        self.scroll_relative(y=-max(self.size.height - 1, 1), animate=False, immediate=True)

    def action_scroll_home(self) -> None:
        """Scroll to the first row, at once."""
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Scroll to the last row, at once."""
        self.scroll_end(animate=False)

    def _wrap(self) -> None:
        self._wrapped_to = self.text_width
        self._rows = wrap(self._lines, self._wrapped_to)

    def _measure(self) -> None:
        self.virtual_size = Size(self.text_width, len(self._rows))
