"""Captures from a file whose format is detected from its content."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import count
from typing import Any, Protocol, TypeAlias, TypeVar

from hookscope.errors import UsageError
from hookscope.formats.importers import registry
from hookscope.formats.importers.json_stream import JsonReader
from hookscope.formats.importers.lines import read_lines
from hookscope.formats.importers.registry import ImporterSpec
from hookscope.model.record import Capture


class Part(Protocol):
    """What was made of whole lines: `size` is the number of bytes that were read, as in `LinesRead`."""

    @property
    def size(self) -> int: ...


_Part = TypeVar("_Part", bound=Part)
ReadLines: TypeAlias = Callable[[Iterator[bytes]], Generator[_Part, None, None]]
"""Yields, for each text of several lines, what was made of it, as `lines.read_lines` does for one."""


def read_captures(
    read: Callable[[int], str], secrets: Sequence[str], *, skip: Callable[[str], object]
) -> Iterator[Capture]:
    """Yield the captures of a file, in its order; their ids and links are those of the file.

    `read` returns the given number of characters. `skip` is called for each unreadable entry of a foreign file. Raises
    UsageError that names the line or the entry, also when no entry can be read.
    """
    for part in read_parts(read, secrets, skip=skip, read_lines=lambda texts: (read_lines(text) for text in texts)):
        if isinstance(part, Capture):
            yield part
        else:
            yield from part.captures


def read_parts(
    read: Callable[[int], str],
    secrets: Sequence[str],
    *,
    skip: Callable[[str], object],
    read_lines: ReadLines[_Part],
) -> Iterator[Capture | _Part]:
    """Do what `read_captures` does, but have another function read what consists of whole lines.

    Whatever that does not read to its end is looked at here, where errors are found.
    """
    reader = JsonReader(read)
    try:
        yield from _captures(reader, secrets, skip, read_lines)
    except ValueError as error:
        raise _cannot(f"line {reader.line}", error) from error


def _captures(
    reader: JsonReader, secrets: Sequence[str], skip: Callable[[str], object], read_lines: ReadLines[_Part]
) -> Iterator[Capture | _Part]:
    if reader.peek() != "{":
        raise ValueError(f"the file is {'not' if reader.peek() else 'empty and not'} {registry.describe_all()}")
    line, listed, others = reader.line, False, {}
    for name in reader.members():
        spec = registry.find_by_key(name)
        if spec and reader.peek() == ("{" if len(spec.place) > 1 else "["):
            listed = True
            yield from _listed(reader, spec, spec.place[1:], secrets, skip)
        else:
            others[name] = reader.value()
    if not listed:
        yield from _lines(reader, line, others, secrets, read_lines)
    elif reader.peek():
        raise ValueError("there is more after the end")


def _listed(
    reader: JsonReader, spec: ImporterSpec, place: Sequence[str], secrets: Sequence[str], skip: Callable[[str], object]
) -> Iterator[Capture]:
    """Yield the captures of the list that `place` leads to from here."""
    if not place:
        yield from _each(reader, spec, secrets, skip)
        return
    found = False
    for name in reader.members():
        if name == place[0]:
            found = True
            yield from _listed(reader, spec, place[1:], secrets, skip)
        else:
            reader.value()
    if not found:
        raise ValueError(f"its {spec.place[0]!r} has no {place[0]!r}")


def _lines(
    reader: JsonReader, line: int, value: Any, secrets: Sequence[str], read_lines: ReadLines[_Part]
) -> Iterator[Capture | _Part]:
    """Yield the captures among consecutive objects, the first of which has been read already."""
    if capture := _object(line, value, secrets):
        yield capture
    yield from _whole_lines(reader, read_lines)
    while reader.peek():
        if capture := _object(reader.line, reader.value(), secrets):
            yield capture


def _whole_lines(reader: JsonReader, read_lines: ReadLines[_Part]) -> Iterator[_Part]:
    """Yield what is made of whole lines, up to the first that is not read so."""
    texts: deque[bytes] = deque()

    def taken() -> Iterator[bytes]:
        while text := reader.lines():
            texts.append(text.encode("utf-8", "surrogatepass"))
            yield texts[-1]

    with closing(read_lines(taken())) as parts:
        for part in parts:
            text = texts.popleft()
            yield part
            if part.size < len(text):
                texts.appendleft(text[part.size :])
                break
    reader.give_back(b"".join(texts).decode("utf-8", "surrogatepass"))


def _object(line: int, value: Any, secrets: Sequence[str]) -> Capture | None:
    """Return the capture that an object holds, or None for other objects of the event stream."""
    try:
        if spec := registry.find_by_entry(_object_of(value)):
            return spec.capture_of(value, secrets)
    except ValueError as error:
        raise _cannot(f"line {line}", error) from error
    raise _cannot(f"line {line}", ValueError(f"it is not a capture: the file is not {registry.describe_all()}"))


def _each(
    reader: JsonReader, spec: ImporterSpec, secrets: Sequence[str], skip: Callable[[str], object]
) -> Iterator[Capture]:
    """Yield the captures of a list; an unreadable element does not refuse the others."""
    elements, some = reader.elements(), False
    odd: list[tuple[str, ValueError]] = []
    for number in count(1):
        try:
            element = next(elements)
        except StopIteration:
            break
        except ValueError as broken:
            raise _cannot(f"{spec.element} {number} (line {reader.began})", broken) from broken
        try:
            capture = spec.capture_of(_object_of(element), secrets)
        except ValueError as error:
            odd.append((f"{spec.element} {number} (line {reader.began})", error))
            continue
        some = True
        if capture:
            yield capture
    if odd and not some:
        where, why = odd[0]
        raise _cannot(where, why) from why
    for where, why in odd:
        skip(f"{where} is left out: {why}")


def _object_of(element: Any) -> Mapping[str, Any]:
    if not isinstance(element, dict):
        raise ValueError("it is not an object")
    return element


def _cannot(where: str, why: ValueError) -> UsageError:
    return UsageError(
        f"the file cannot be read: {where}: {why}",
        done="nothing was imported",
        hint="`hookscope captures import --help` lists the formats",
    )
