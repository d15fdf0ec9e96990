"""The capture objects of the JSON event stream, one per line."""

from hookscope.formats import event_stream
from hookscope.formats.exporters.options import Options
from hookscope.model.record import Capture
from hookscope.model.run_events import Captured


def entry(capture: Capture, _: Options) -> bytes:
    """Return the line for a capture."""
    value = event_stream.event_to_json(Captured(at=capture.received_at, capture=capture))
    return event_stream.encoded_line(value or {}) + b"\n"
