"""Lines of a page, wrapped to the width of the pane; only those on the screen are painted."""

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from hookscope.tui import theme
from hookscope.tui.key_bindings import bindings
from hookscope.tui.render.wrapping import wrap, wrap_each
from hookscope.tui.theme import TOKEN_TONES, Tone
from hookscope.tui.widgets.row_view import RowView
from hookscope.views.actions import KeyScope
from hookscope.views.body import Piece
from hookscope.views.highlight import Sought
from hookscope.views.page import Page


class LineView(RowView, can_focus=True):
    """Scrolls through lines."""

    DEFAULT_CSS = """
    LineView { background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.PAGE)]

    class Resized(Message):
        """The number of cells in a row has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._page = Page([])
        self._rows: list[list[tuple[Piece, ...]]] = []
        self._flat: list[tuple[int, tuple[Piece, ...]]] = []
        """The shown rows, each with the number of its line."""
        self._wrapped_to = 0
        self._sought: Sought = ()
        self._needle = ""

    @property
    def text_width(self) -> int:
        """The number of cells in a row."""
        return max(self.size.width - 2, 10)

    @property
    def path(self) -> str | None:
        """The JSON path of the cursor; None on a page without one."""
        return self._page.path if self._page.folds and self._page.lines else None

    @property
    def is_cut(self) -> bool:
        """True if the page lacks a part of a body."""
        return self._page.cut is not None

    def show(self, page: Page, rows: list[list[tuple[Piece, ...]]], width: int, *, keep: bool = False) -> None:
        """Paint lines that are wrapped to `width` already; from their beginning, unless they are unchanged."""
        if keep:
            page.adopt(self._page)
        self._page, self._rows, self._wrapped_to = page, rows, width
        if width != self.text_width:
            self._wrap()
        self._lay_out()
        if not keep:
            self.scroll_to(y=0, animate=False, force=True)

    def light(self, sought: Sought) -> None:
        """Highlight these words."""
        if sought != self._sought:
            self._sought = sought
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render one row of the screen."""
        number = y + self.scroll_offset.y
        width = self.size.width
        if number >= len(self._flat):
            return Strip.blank(width, theme.styles(self.app.theme_variables, "background")[Tone.TEXT])
        line, row = self._flat[number]
        pieces = [piece for token, text in row for piece in theme.lit(TOKEN_TONES[token], text, self._sought)]
        if self._needle:
            pieces = [part for tone, text in pieces for part in theme.lit_part(tone, text, self._needle)]
        is_cursor = self._page.folds and line == self._page.cursor and self.has_focus
        styles = theme.styles(self.app.theme_variables, "selected" if is_cursor else "background")
        segments = [Segment(text, styles[tone]) for tone, text in pieces if text]
        return Strip(segments).adjust_cell_length(width, styles[Tone.TEXT])

    # Finding

    def find(self, text: str) -> list[int]:
        """Highlight a text, and return the numbers of the lines that hold it."""
        self._needle = text
        self.refresh()
        return self._page.find(text)

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, and scroll it into view."""
        self._page.reveal(line)
        self._lay_out()
        self._reveal()

    def on_resize(self) -> None:
        """Wrap to the new width."""
        if self.text_width != self._wrapped_to:
            self._wrap()
            self.post_message(self.Resized())
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the line; a second click folds or unfolds it."""
        number = event.y + self.scroll_offset.y
        if self._page.folds and number < len(self._flat):
            self._page.cursor = self._flat[number][0]
            if event.chain > 1:
                self._page.toggle()
            self._lay_out()

    def action_fold(self) -> None:
        """Fold the value that the line opens, or the one around it."""
        self._page.fold()
        self._lay_out()
        self._reveal()

    def action_unfold(self) -> None:
        """Unfold the line."""
        self._page.unfold()
        self._lay_out()

    def action_fold_all(self) -> None:
        """Fold everything but the outermost, or unfold everything."""
        self._page.toggle_all()
        self._lay_out()
        self._reveal()

    def action_scroll_down(self) -> None:
        """Go one row down, at once."""
        self._go(1)

    def action_scroll_up(self) -> None:
        """Go one row up, at once."""
        self._go(-1)

    def action_page_down(self) -> None:
        """Go a screen down, at once."""
        self._go(max(self.size.height - 1, 1))

    def action_page_up(self) -> None:
        """Go a screen up, at once."""
        self._go(-max(self.size.height - 1, 1))

    def action_scroll_home(self) -> None:
        """Go to the first row, at once."""
        self._page.cursor = 0
        self.scroll_home(animate=False)
        self.refresh()

    def action_scroll_end(self) -> None:
        """Go to the last row, at once."""
        self._page.move(len(self._page.lines))
        self.scroll_end(animate=False)
        self.refresh()

    def _go(self, rows: int) -> None:
        """Move the cursor if there is one, else scroll."""
        if self._page.folds:
            self._page.move(rows)
            self._reveal()
        else:
            self.scroll_relative(y=rows, animate=False, immediate=True)

    def _reveal(self) -> None:
        """Scroll as little as it takes to show the line of the cursor."""
        at = next((row for row, (line, _) in enumerate(self._flat) if line == self._page.cursor), 0)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if not top <= at < top + height:
            self.scroll_to(y=at if at < top else at - height + 1, animate=False, force=True)
        self.refresh()

    def _wrap(self) -> None:
        self._wrapped_to = self.text_width
        self._rows = wrap_each(self._page.lines, self._wrapped_to)

    def _lay_out(self) -> None:
        """Lay out the rows of the shown lines."""
        self._flat = [(number, row) for number in self._page.shown for row in self._rows_of(number)]
        self.measure(self.text_width, len(self._flat))
        self.refresh()

    def _rows_of(self, number: int) -> list[tuple[Piece, ...]]:
        if self._page.is_folded(number):
            return wrap((self._page.line(number),), self._wrapped_to)
        return self._rows[number]
