"""Bodies, byte for byte."""

from hookscope.formats.exporters.options import Options
from hookscope.model.record import Capture


def entry(capture: Capture, _: Options) -> bytes:
    """Return the body."""
    return capture.request.body


def file_name(capture: Capture) -> str:
    """Return the file name of a capture's body in a folder of many."""
    is_json = capture.request.body[:1] in (b"{", b"[")
    return f"{capture.ref}.{'json' if is_json else 'body'}"
