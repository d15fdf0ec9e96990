"""A filter and a search, as the screen sees them."""

from typing import Protocol

from hookscope.tui.theme import Pieces
from hookscope.views.highlight import Sought


class SearchView(Protocol):
    """The part of a filter and a search that the screen paints, and reports to."""

    @property
    def highlighted(self) -> Sought:
        """The words to highlight."""

    @property
    def is_narrowed(self) -> bool:
        """True if a filter or a search is active that can be ended."""

    @property
    def filter_text(self) -> str:
        """The active filter; empty if there is none."""

    async def hides(self, capture_id: int) -> bool:
        """Return whether the filter leaves out a capture that has just come."""

    def scope(self, run: int | None) -> None:
        """Search among the captures of a run from now on, or among all."""

    def line(self, width: int) -> Pieces:
        """Return the search, in `width` cells; usually nothing."""

    def journal_changed(self, *, edited: bool) -> None:
        """Search again: captures have come, or earlier ones have changed."""
