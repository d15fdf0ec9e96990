"""The places of the details on a screen of some size."""

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
