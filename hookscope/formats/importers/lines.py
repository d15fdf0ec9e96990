"""Captures from whole lines of hookscope's own NDJSON, many at once."""

import io
from typing import Any

from msgspec import Struct

from hookscope.formats.importers import ndjson
from hookscope.formats.importers.json_stream import JsonReader
from hookscope.model.record import Capture


class LinesRead(Struct, frozen=True):
    """The captures of lines, and the number of bytes that were read: up to the first line that needs a closer look."""

    captures: list[Capture]
    size: int


def read_lines(text: bytes) -> LinesRead:
    """Read lines, each of which holds an object, until one does not, or is no object of the event stream."""
    captures: list[Capture] = []
    size = 0
    for line in text.split(b"\n"):
        try:
            capture = _read_line(line)
        except ValueError:
            break
        if capture:
            captures.append(capture)
        size += len(line) + 1
    return LinesRead(captures, min(size, len(text)))


def _read_line(line: bytes) -> Capture | None:
    """Return the capture in a line; None for one that is blank or tells of something else."""
    try:
        return ndjson.decode_capture(line)
    except ValueError:
        if not line.strip():
            return None
        value = _value(line)
        if not ndjson.is_line(value):
            raise
        return ndjson.read_line(value, ())


def _value(line: bytes) -> dict[str, Any]:
    """Return the one object that a line holds, also one with halves of characters, which only `json` can read."""
    reader = JsonReader(io.StringIO(line.decode()).read)
    value = reader.value()
    if reader.peek() or not isinstance(value, dict):
        raise ValueError("it is not an object")
    return value
