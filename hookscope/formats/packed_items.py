"""Items as bytes, on their way to the process that makes their lines.

Captures and deliveries, of which there may be thousands a second, are packed as they are, which takes a twentieth of
the time of making a line; the few others go as the lines that they become.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from hookscope.formats.item_lines import item_lines
from hookscope.model.run_events import Captured, Delivered, RunEvent
from hookscope.settings import Output


class _Packed(Struct, array_like=True, gc=False):
    captured: Captured | None = None
    delivered: Delivered | None = None
    lines: list[str] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Packed]).decode


def pack(items: Sequence[RunEvent], mode: Output) -> bytes:
    """Return items as bytes; `lines_of` makes lines of them."""
    return _encode([_packed(item, mode) for item in items])


def lines_of(packed: bytes | memoryview, mode: Output) -> Iterator[str]:
    """Yield the lines of packed items."""
    for one in _decode(packed):
        yield from _lines(one, mode)


def _packed(item: RunEvent, mode: Output) -> _Packed:
    match item:
        case Captured():
            return _Packed(captured=item)
        case Delivered():
            return _Packed(delivered=item)
    return _Packed(lines=item_lines(item, mode))


def _lines(one: _Packed, mode: Output) -> list[str]:
    item = one.captured or one.delivered
    return item_lines(item, mode) if item else one.lines
