"""Lines of a body or of a table, wrapped to the width of the pane; only those on the screen are painted."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hookscope.tui import cells, theme
from hookscope.tui.theme import TOKEN_TONES
from hookscope.views.body import BodyLine, Piece, Token
from hookscope.views.highlight import Sought

_STEP = 2
_DEEPEST = 20
"""Levels of indentation that are shown; what is nested deeper stays at the margin of this one."""


def wrap(lines: Iterable[BodyLine], width: int) -> list[tuple[Piece, ...]]:
    """Clean lines as rows of at most so many cells; what goes on in another row is indented a little more."""
    rows: list[tuple[Piece, ...]] = []
    for line in lines:
        indent = min(line.indent, _DEEPEST) * _STEP
        if indent > width // 2:
            indent = width // 2
        pieces = [(token, cells.clean(text)) for token, text in line.pieces]
        if _has_remark_to_spare(pieces, width - indent):
            pieces.pop()
        if indent + sum(cells.width(text) for _, text in pieces) <= width:
            rows.append(((pieces[0][0], " " * indent), *pieces) if indent else tuple(pieces))
        else:
            rows += _wrap_long(pieces, indent, width)
    return rows


def _has_remark_to_spare(pieces: Sequence[Piece], width: int) -> bool:
    """Whether it is only for the remark at its end that a line does not fit: that is not worth a row of its own."""
    *others, (token, remark) = pieces
    taken = sum(cells.width(text) for _, text in others)
    return bool(others) and token is Token.NOTE and taken <= width < taken + cells.width(remark)


def _wrap_long(pieces: Sequence[Piece], indent: int, width: int) -> list[tuple[Piece, ...]]:
    rows: list[tuple[Piece, ...]] = []
    row: list[Piece] = [(pieces[0][0], " " * indent)]
    room = width - indent
    hanging = min(indent + _STEP, width // 2) if len(pieces) > 1 else indent
    for token, text in pieces:
        if token is Token.PLAIN and not indent and len(pieces) == 1:
            return [((token, part),) for part in cells.chop(text, width)]
        head, *others = cells.fold(text, room, width - hanging)
        row.append((token, head))
        room -= cells.width(head)
        for part in others:
            rows.append(tuple(row))
            row, room = [(token, " " * hanging), (token, part)], width - hanging - cells.width(part)
    rows.append(tuple(row))
    return rows


class Lines(ScrollView, can_focus=True):
    """Scrolls through lines."""

    DEFAULT_CSS = """
    Lines { background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", show=False),
        Binding("up,k", "scroll_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
    ]

    class Resized(Message):
        """A row has another number of cells now."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[BodyLine] = ()
        self._rows: list[tuple[Piece, ...]] = []
        self._wrapped_to = 0
        self._sought: Sought = ()

    @property
    def text_width(self) -> int:
        """The cells that a row has."""
        return max(self.size.width - 2, 10)

    def show(self, lines: Sequence[BodyLine], rows: list[tuple[Piece, ...]], width: int, *, keep: bool = False) -> None:
        """Paint lines that are wrapped to `width` already; from their beginning, unless they are the same as before."""
        self._lines, self._rows, self._wrapped_to = lines, rows, width
        if width != self.text_width:
            self._wrap()
        self._measure()
        if not keep:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def light(self, sought: Sought) -> None:
        """Have these words stand out."""
        if sought != self._sought:
            self._sought = sought
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
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
        """One row on, at once."""
        self.scroll_relative(y=1, animate=False, immediate=True)

    def action_scroll_up(self) -> None:
        """One row back, at once."""
        self.scroll_relative(y=-1, animate=False, immediate=True)

    def action_page_down(self) -> None:
        """A screen on, at once."""
        self.scroll_relative(y=max(self.size.height - 1, 1), animate=False, immediate=True)

    def action_page_up(self) -> None:
        """A screen back, at once."""
        self.scroll_relative(y=-max(self.size.height - 1, 1), animate=False, immediate=True)

    def action_scroll_home(self) -> None:
        """To the first row, at once."""
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """To the last row, at once."""
        self.scroll_end(animate=False)

    def _wrap(self) -> None:
        self._wrapped_to = self.text_width
        self._rows = wrap(self._lines, self._wrapped_to)

    def _measure(self) -> None:
        self.virtual_size = Size(self.text_width, len(self._rows))
