"""How long an answer took, as text."""

_SECONDS_FROM = 9999.5
"""Milliseconds from which whole seconds say enough."""


def elapsed(milliseconds: float | None) -> str:
    """Return milliseconds in at most five cells, with their unit where there is room; seconds if there are many.

    >>> elapsed(0.43), elapsed(41.2), elapsed(1213.0), elapsed(12000.0)
    ('0.4ms', '41ms', '1213', '12s')
    """
    if milliseconds is None:
        return ""
    if milliseconds >= _SECONDS_FROM:
        return f"{milliseconds / 1000:.0f}s"
    label = _number(milliseconds)
    return f"{label}ms" if len(label) < 4 else label


def duration(milliseconds: float) -> str:
    """Return a duration with its unit.

    >>> duration(0.43), duration(1213.0), duration(12000.0)
    ('0.4 ms', '1213 ms', '12 s')
    """
    return f"{milliseconds / 1000:.0f} s" if milliseconds >= _SECONDS_FROM else f"{_number(milliseconds)} ms"


def _number(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 9.95 else f"{milliseconds:.0f}"
