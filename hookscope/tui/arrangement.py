"""The places of the list and the details on a screen of some size."""

from enum import StrEnum

_WIDE = 170
_BESIDE = 110
_TALL = 30
_BELOW = 22


class DetailsPlace(StrEnum):
    """Beside the list, below it, or nowhere until they are opened."""

    BESIDE = "beside"
    BELOW = "below"
    CLOSED = "closed"


def places(width: int, height: int) -> tuple[DetailsPlace, ...]:
    """Return the places that there are, the best first: what happened must be readable in the list."""
    found = [DetailsPlace.BESIDE] if width >= _BESIDE else []
    if height >= _BELOW:
        found.append(DetailsPlace.BELOW)
    if width < _WIDE and height >= _TALL:
        found.reverse()
    closed = width < _BESIDE and height < _TALL
    return (DetailsPlace.CLOSED, *found) if closed else (*found, DetailsPlace.CLOSED)


class Arrangement:
    """The details beside the list, below it, or in its place: as the user has it, or as there is room.

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
        """Return whether the details are nowhere unless they take the place of the list."""
        return self.place(size) is DetailsPlace.CLOSED

    def go_on(self, size: tuple[int, int]) -> None:
        """Put the details in the next place that there is for them."""
        found = places(*size)
        self.is_full, self._chosen = False, found[(found.index(self.place(size)) + 1) % len(found)]

    def classes(self, size: tuple[int, int]) -> set[str]:
        """Return the classes of the style sheet that put everything in its place."""
        return {self.place(size), *({"full"} if self.is_full else ())}
