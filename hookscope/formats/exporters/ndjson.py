"""The capture objects of the JSON event stream, one per line."""

from collections.abc import Iterable, Iterator

from hookscope.formats import event_stream
from hookscope.formats.exporters.options import Options
from hookscope.model.record import Capture
from hookscope.model.run_events import Captured


def pieces(captures: Iterable[Capture], options: Options) -> Iterator[bytes]:
    """Yield one line for each capture."""
    for capture in captures:
        value = event_stream.event_to_json(Captured(at=capture.received_at, capture=capture))
        yield event_stream.encoded_line(value or {}) + b"\n"
