"""Lists of field names for people: an app or a Page may have a hundred fields."""

from collections.abc import Sequence

_MOST = 10
_SHOWN = 8


def list_fields(names: Sequence[str]) -> str:
    """Return the names, separated by commas; of more than 10, the first 8 and the number of the others."""
    if len(names) <= _MOST:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])}, and {len(names) - _SHOWN} more"
