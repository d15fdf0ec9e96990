"""A filter and a search, as the screen sees them."""

from typing import Protocol

from hookscope.tui.theme import Pieces
from hookscope.views.highlight import Sought


class SearchView(Protocol):
    """What the screen paints of a filter and a search, and tells them."""

    @property
    def highlighted(self) -> Sought:
        """The words to be seen at a glance."""

    @property
    def is_narrowed(self) -> bool:
        """Whether something is looked for, which can be let go."""

    def line(self, width: int) -> Pieces:
        """Return what is looked for, in so many cells; nothing as a rule."""

    def trouble(self) -> Pieces:
        """Return what is wrong with the text that is being typed."""

    def journal_changed(self, *, edited: bool) -> None:
        """Look again: captures have come, or others than those that come last are not what they were."""
