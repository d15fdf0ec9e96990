"""Bodies, byte for byte."""

from collections.abc import Iterable, Iterator

from hookscope.formats.exporters.options import Options
from hookscope.model.record import Capture


def pieces(captures: Iterable[Capture], options: Options) -> Iterator[bytes]:
    """One body a capture; nothing stands between them."""
    for capture in captures:
        yield capture.request.body


def file_name(capture: Capture) -> str:
    """What the file of a capture's body is called in a folder of many."""
    is_json = capture.request.body[:1] in (b"{", b"[")
    return f"{capture.id}.{'json' if is_json else 'body'}"
