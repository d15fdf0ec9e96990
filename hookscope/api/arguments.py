"""Arguments of the library's functions, in the forms in which they may be given."""

from collections.abc import Sequence


def several(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the texts of an argument that may also be a single one."""
    return (given,) if isinstance(given, str) else tuple(given)
