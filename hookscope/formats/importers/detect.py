"""Captures from a file whose form is recognised by what stands in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from hookscope.errors import UsageError
from hookscope.formats.event_stream import VERSION
from hookscope.formats.importers import har, ndjson, ngrok
from hookscope.formats.importers.json_stream import JsonReader
from hookscope.model.record import Capture

_READABLE = "a HAR file, hookscope's own NDJSON, or what ngrok's /api/requests/http answers"


def read_captures(
    read: Callable[[int], str], secrets: Sequence[str], *, skip: Callable[[str], object]
) -> Iterator[Capture]:
    """The captures of a file, in its order; their numbers and links are those of the file.

    `read` gives so many characters at a call. `skip` is told of each entry of somebody else's file that is passed over
    because it cannot be read. Raises UsageError that names the line or the entry, also where none can be read.
    """
    reader = JsonReader(read)
    try:
        yield from _captures(reader, secrets, skip)
    except ValueError as error:
        raise _cannot(f"line {reader.line}", error) from error


def _captures(reader: JsonReader, secrets: Sequence[str], skip: Callable[[str], object]) -> Iterator[Capture]:
    if reader.peek() != "{":
        raise ValueError(f"the file is {'not' if reader.peek() else 'empty and not'} {_READABLE}")
    line, listed, others = reader.line, False, {}
    for name in reader.members():
        if name == "log" and reader.peek() == "{":
            for inner in reader.members():
                if inner == "entries":
                    listed = True
                    yield from _each(reader, "entry", lambda entry: har.capture_of(entry, secrets), skip)
                else:
                    reader.value()
            if not listed:
                raise ValueError("its 'log' has no 'entries'")
        elif name == "requests" and reader.peek() == "[":
            listed = True
            yield from _each(reader, "request", lambda kept: ngrok.capture_of(kept, secrets), skip)
        else:
            others[name] = reader.value()
    if not listed:
        yield from _lines(reader, line, others, secrets)
    elif reader.peek():
        raise ValueError("something stands behind the end")


def _lines(reader: JsonReader, line: int, value: Any, secrets: Sequence[str]) -> Iterator[Capture]:
    """The captures among objects that follow each other: the first one is read already."""
    while True:
        try:
            capture = _object(value, secrets)
        except ValueError as error:
            raise _cannot(f"line {line}", error) from error
        if capture:
            yield capture
        if not reader.peek():
            return
        line, value = reader.line, reader.value()


def _object(value: Any, secrets: Sequence[str]) -> Capture | None:
    """The capture that an object is; None for what else stands in the event stream."""
    request = _object_of(value).get("request")
    if isinstance(request, dict) and "raw" in request:
        return ngrok.capture_of(value, secrets)
    if isinstance(request, dict) and "kind" in value:
        if (version := value.get("v", VERSION)) != VERSION:
            raise ValueError(f"its form has the version {version!r}, and this hookscope knows {VERSION}")
        return ndjson.capture_of(value)
    if "v" in value and value.get("type") not in (None, "capture"):
        return None
    raise ValueError(f"it is no capture: the file is not {_READABLE}")


def _each(
    reader: JsonReader, what: str, capture_of: Callable[[Mapping[str, Any]], Capture], skip: Callable[[str], object]
) -> Iterator[Capture]:
    """The captures of a list; one element that cannot be read does not refuse the others."""
    elements, some = reader.elements(), False
    odd: list[tuple[str, ValueError]] = []
    for number in count(1):
        try:
            element = next(elements)
        except StopIteration:
            break
        except ValueError as broken:
            raise _cannot(f"{what} {number} (line {reader.began})", broken) from broken
        try:
            capture = capture_of(_object_of(element))
        except ValueError as error:
            odd.append((f"{what} {number} (line {reader.began})", error))
            continue
        some = True
        yield capture
    if odd and not some:
        where, why = odd[0]
        raise _cannot(where, why) from why
    for where, why in odd:
        skip(f"{where} is left out: {why}")


def _object_of(element: Any) -> Mapping[str, Any]:
    if not isinstance(element, dict):
        raise ValueError("it is no object")
    return element


def _cannot(where: str, why: ValueError) -> UsageError:
    return UsageError(
        f"the file cannot be read: {where}: {why}",
        done="nothing was imported",
        hint="`hookscope captures import --help` says what can be read",
    )
