"""The names of captures: their number, their number in a shared log, ranges of either, and an event's position."""

from typing import NamedTuple

from msgspec import Struct

LAST = 0
"""The name of the newest capture."""

_DIGITS = 18
_HIGHEST = 10**_DIGITS


class SharedNumber(Struct, frozen=True):
    """The capture of an entry of a shared log, `@345`."""

    seq: int

    def __str__(self) -> str:
        return f"@{self.seq}"


class SharedRange(Struct, frozen=True):
    """The captures of entries of a shared log, both ends included: `@340..@350`."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"@{self.first}..@{self.last}"


class EventRef(NamedTuple):
    """A capture, or the event in its body at a `position`, counted from 1: `12.3`. Position 0 is the whole request."""

    capture_id: int
    position: int = 0

    def __str__(self) -> str:
        return f"{self.capture_id}.{self.position}" if self.position else str(self.capture_id)


CaptureName = int | SharedNumber
"""A capture's id, LAST, or its number in a shared log."""

CaptureNames = CaptureName | range | SharedRange | EventRef
"""A capture, all captures between two, or one event of a capture."""


def parse_name(text: str) -> CaptureName:
    """Parse `12`, `#12`, `@345` or `last`; raises ValueError."""
    if text == "last":
        return LAST
    is_shared = text.startswith("@")
    digits = text[1:] if is_shared else text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > _DIGITS or int(digits) == 0:
        raise ValueError(f"{text!r} is not a capture id; see `hookscope ls`")
    return SharedNumber(int(digits)) if is_shared else int(digits)


def parse_ref(text: str) -> CaptureName | EventRef:
    """Parse a name, or an event `12.3`; raises ValueError."""
    return _event(text) if "." in text else parse_name(text)


def parse_names(text: str) -> CaptureNames:
    """Parse a name, an event `12.3`, or `10..20`, `10..`, `..20`, `@340..@350`: a range that includes both ends.

    Raises ValueError.
    """
    start, dots, end = text.partition("..")
    if not dots:
        return parse_ref(text)
    first, last = (parse_name(part) if part else None for part in (start, end))
    if isinstance(first, SharedNumber) or isinstance(last, SharedNumber):
        return _shared_range(first, last, text)
    first, last = 1 if first is None else first, _HIGHEST if last is None else last
    if LAST in (first, last) or last < first:
        raise ValueError(f"{text!r} is not a range; write 10..20")
    return range(first, last + 1)


def _event(text: str) -> EventRef:
    capture, _, position = text.partition(".")
    number = parse_name(capture)
    if not isinstance(number, int) or not (position.isascii() and position.isdecimal()) or len(position) > _DIGITS:
        raise ValueError(f"{text!r} is not an event; write 12.3 for the third event of capture 12")
    return EventRef(number, int(position))


def _shared_range(first: CaptureName | None, last: CaptureName | None, text: str) -> SharedRange:
    low = SharedNumber(1) if first is None else first
    high = SharedNumber(_HIGHEST) if last is None else last
    if not (isinstance(low, SharedNumber) and isinstance(high, SharedNumber)) or high.seq < low.seq:
        raise ValueError(f"{text!r} is not a range; write @340..@350")
    return SharedRange(low.seq, high.seq)
