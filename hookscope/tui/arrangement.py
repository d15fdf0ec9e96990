"""The arrangement of the list and the details, by the size of the screen."""

from enum import StrEnum

_WIDE = 170
_BESIDE = 110
_TALL = 30
_BELOW = 22
_LOW = 10


class DetailsPlace(StrEnum):
    """Beside the list, below it, or nowhere until they are opened."""

    BESIDE = "beside"
    BELOW = "below"
    CLOSED = "closed"


def places(width: int, height: int) -> tuple[DetailsPlace, ...]:
    """Return the possible places, the best first: the list must stay readable."""
    found = [DetailsPlace.BESIDE] if width >= _BESIDE else []
    if height >= _BELOW:
        found.append(DetailsPlace.BELOW)
    if width < _WIDE and height >= _TALL:
        found.reverse()
    closed = width < _BESIDE and height < _TALL
    return (DetailsPlace.CLOSED, *found) if closed else (*found, DetailsPlace.CLOSED)


class Arrangement:
    """The arrangement of the details beside the list, below it, or in its place, by choice or by available space.

    `is_full` is true if they are to take its place.
    """

    def __init__(self) -> None:
        self.is_full = False
        self._chosen: DetailsPlace | None = None

    def place(self, size: tuple[int, int]) -> DetailsPlace:
        """Return the place of the details beside the list."""
        found = places(*size)
        return self._chosen if self._chosen in found else found[0]

    def is_closed(self, size: tuple[int, int]) -> bool:
        """Return whether the details are hidden unless they replace the list."""
        return self.place(size) is DetailsPlace.CLOSED

    def go_on(self, size: tuple[int, int]) -> None:
        """Put the details in the next possible place."""
        found = places(*size)
        self.is_full, self._chosen = False, found[(found.index(self.place(size)) + 1) % len(found)]

    def classes(self, size: tuple[int, int]) -> set[str]:
        """Return the style sheet's classes for this arrangement; on a `low` screen the list gets almost all lines."""
        _, height = size
        return {self.place(size), *({"full"} if self.is_full else ()), *({"low"} if height < _LOW else ())}
