"""The capture objects of the JSON event stream, one a line."""

from collections.abc import Iterable, Iterator

from hookscope.capture.item import Captured
from hookscope.capture.record import Capture
from hookscope.views import stream
from hookscope.views.export.options import Options


def pieces(captures: Iterable[Capture], options: Options) -> Iterator[bytes]:
    """One line a capture."""
    for capture in captures:
        value = stream.item_json(Captured(at=capture.received_at, capture=capture))
        yield f"{stream.line(value or {})}\n".encode("ascii")
