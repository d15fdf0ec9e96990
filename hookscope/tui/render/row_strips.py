"""The rows of the list as strips of the terminal, which are rendered once for as long as they look the same."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hookscope.tui.render import capture_row
from hookscope.tui.render.capture_row import Moment
from hookscope.tui.render.columns import Columns
from hookscope.tui.theme import Pieces, Tone
from hookscope.views.row_reader import Row

if TYPE_CHECKING:
    from datetime import date

    from hookscope.model.capture_id import EventRef

_REMEMBERED = 512
"""The number of rendered rows that are kept: several screens of them."""


class RowStrips:
    """Renders rows of a width in cells, in a context that is the same for all of them."""

    def __init__(self, shape: Columns, moment: Moment, width: int) -> None:
        self._shape = shape
        self._moment = moment
        self._width = width
        self._known: dict[tuple[EventRef, date | None], tuple[Row, Mapping[Tone, Style], Strip]] = {}

    def fit(self, shape: Columns, moment: Moment, width: int) -> bool:
        """Return whether this is the context."""
        return (shape, moment, width) == (self._shape, self._moment, self._width)

    def row(self, row: Row, styles: Mapping[Tone, Style], *, is_selected: bool) -> Strip:
        """Return a row; the background of `styles` shows as well that one is selected."""
        known = self._known.get((row.ref, row.day))
        if known is None or known[0] != row or known[1] is not styles:
            strip = self.rendered(capture_row.row(row, self._shape, self._moment), styles, is_selected=is_selected)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[row.ref, row.day] = row, styles, strip
        return known[2]

    def rendered(self, pieces: Pieces, styles: Mapping[Tone, Style], *, is_selected: bool = False) -> Strip:
        """Return pieces as a row."""
        (tone, first), *others = pieces
        segments = [
            Segment("▌" if is_selected else " ", styles[Tone.ACCENT]),
            Segment(first[1:], styles[tone]),
            *(Segment(text, styles[tone]) for tone, text in others),
        ]
        return Strip(segments).adjust_cell_length(self._width, styles[Tone.TEXT])
