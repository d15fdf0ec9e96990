"""Headers as lines in one piece of bytes, as entries of a shared log hold them."""

from collections.abc import Iterable

from hookscope.model.record import Headers


def pack_texts(headers: Iterable[tuple[str, str]]) -> bytes:
    """Return one `Name: value` per line, for texts in Latin-1. Raises UnicodeEncodeError for any other character."""
    return "".join([name + ": " + value + "\r\n" for name, value in headers]).encode("latin-1")


def unpack(packed: bytes) -> Headers:
    """Parse the result of `pack_texts`."""
    lines = [line.partition(b": ") for line in packed.split(b"\r\n") if line]
    return tuple([(name, value) for name, _, value in lines])
