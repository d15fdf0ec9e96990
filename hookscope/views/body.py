"""A body as readable lines: its JSON indented, or its bytes as they came.

The JSON is laid out from its tokens, not from parsed values: numbers keep all their digits, repeated keys are repeated,
and a truncated body is shown up to its end. Only as much is laid out as anybody scrolls through; a note says what is
left out. The texts are not yet safe for a terminal.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

MAX_LINES = 20_000
MAX_TEXT = 256 << 10
"""Characters of raw text; a hex dump takes four for a byte."""

_LONGEST_VALUE = 20_000
_HEX_BYTES = 16
_LONGEST_MOMENT = 16
"""More than a time in quotes has."""


class Token(StrEnum):
    """The kind of a piece of a line, for its color."""

    KEY = "key"
    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    PUNCTUATION = "punctuation"
    PLAIN = "plain"
    NOTE = "note"
    PROBLEM = "problem"


Piece = tuple[Token, str]


class BodyLine(Struct, frozen=True, kw_only=True):
    """A line before any wrapping: its indentation levels, and its pieces.

    Its continuation is indented by `hanging` further columns; by default a few. With `is_cut`, it says how much of a
    body the lines before it are.
    """

    indent: int = 0
    hanging: int = 2
    pieces: tuple[Piece, ...]
    is_cut: bool = False


def parsed(body: bytes) -> list[BodyLine]:
    """Return the body's JSON, one value a line. Anything after it follows unchanged, behind a line that says so."""
    if not body:
        return [_note("no body")]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return [_problem(f"not UTF-8: byte {error.start} cannot be read"), *raw(body)]
    lines: list[BodyLine] = []
    for line in _Layout(text).lines():
        if len(lines) == MAX_LINES:
            return [*lines, _cut(f"{MAX_LINES:,} lines", body)]
        lines.append(line)
    return lines


def raw(body: bytes) -> list[BodyLine]:
    """Return the body's text unchanged, or a hex dump when it is not UTF-8."""
    if not body:
        return [_note("no body")]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _hex_dump(body)
    *shown, last = text[:MAX_TEXT].split("\n", MAX_LINES)
    if len(shown) < MAX_LINES:
        shown.append(last)
    lines = [BodyLine(pieces=((Token.PLAIN, line),)) for line in shown]
    if (length := sum(map(len, shown)) + len(shown) - 1) < len(text):
        lines.append(_cut(_size(length), body))
    return lines


def _hex_dump(body: bytes) -> list[BodyLine]:
    shown = body[: MAX_TEXT // 4]
    lines = []
    for start in range(0, len(shown), _HEX_BYTES):
        row = shown[start : start + _HEX_BYTES]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        pieces = (
            (Token.NOTE, f"{start:06x}  "),
            (Token.PLAIN, f"{row.hex(' '):<{_HEX_BYTES * 3}} "),
            (Token.KEY, text),
        )
        lines.append(BodyLine(pieces=pieces))
    if len(body) > len(shown):
        lines.append(_cut(_size(len(shown)), body))
    return lines


_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>")'
    r"|(?P<number>-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<mark>[{}\[\]:,])"
    r"|(?P<end>\Z))"
)
"""The next token; of a string only its beginning, since a pattern takes 0.2 s to the end of one with 10 MB."""

_CLOSER = {"{": "}", "[": "]"}


class _NotJsonError(Exception):
    """From this position on the text is not JSON."""

    def __init__(self, position: int) -> None:
        self.position = position


class _Layout:
    """Lays out a text as it goes through its tokens. Uses no recursion: the sender chooses the nesting."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._open: list[str] = []
        self._pieces: list[Piece] = []
        self._key = ""
        self._remark = ""

    def lines(self) -> Iterator[BodyLine]:
        """Return the lines; where the JSON breaks off, a line that says so, and the rest."""
        try:
            yield from self._values()
        except _NotJsonError as error:
            if self._pieces:
                yield self._line()
            rest = self._text[error.position :].strip()
            where = f"character {error.position + 1:,}"
            yield _problem(
                f"the JSON ends here, at {where}, and is not complete" if not rest else f"no JSON at {where}:"
            )
            yield from raw(rest.encode("utf-8", "surrogatepass")) if rest else ()

    def _values(self) -> Iterator[BodyLine]:
        while True:
            yield from self._value()
            while True:  # After a value: the next one, or the end of an open object or list.
                mark = self._next_mark()
                if not self._open:
                    if mark != "":
                        raise _NotJsonError(self._start)
                    yield self._line()
                    return
                if mark == ",":
                    self._pieces.append((Token.PUNCTUATION, ","))
                    yield self._line()
                    self._name()
                    break
                if mark != self._open[-1]:
                    raise _NotJsonError(self._start)
                yield self._line()
                self._open.pop()
                self._pieces.append((Token.PUNCTUATION, mark))

    def _value(self) -> Iterator[BodyLine]:
        """Go through all opening marks until a value that opens nothing."""
        while True:
            kind, token = self._next()
            if kind != "mark":
                self._scalar(kind, token)
                return
            if token not in _CLOSER:
                raise _NotJsonError(self._start)
            closer = _CLOSER[token]
            following = _TOKEN.match(self._text, self._position)
            if following and following["mark"] == closer:
                self._position = following.end()
                self._pieces.append((Token.PUNCTUATION, token + closer))
                return
            self._pieces.append((Token.PUNCTUATION, token))
            yield self._line()
            self._open.append(closer)
            self._name()

    def _name(self) -> None:
        """Read the name that a value has within an object."""
        if self._open[-1] != "}":
            return
        kind, token = self._next()
        if kind != "string":
            raise _NotJsonError(self._start)
        self._key = _decode(token)
        self._pieces.append((Token.KEY, _quote(self._key)))
        if self._next_mark() != ":":
            raise _NotJsonError(self._start)
        self._pieces.append((Token.PUNCTUATION, ": "))

    def _scalar(self, kind: str, token: str) -> None:
        match kind:
            case "string":
                value = _decode(token)
                self._pieces.append((Token.STRING, _quote(value)))
                if len(value) > _LONGEST_VALUE:
                    self._remark = f"{len(value):,} characters"
            case "number":
                self._pieces.append((Token.NUMBER, token[:_LONGEST_VALUE]))
                if len(token) > _LONGEST_VALUE:
                    self._remark = f"{len(token):,} digits"
            case "word":
                self._pieces.append((Token.WORD, token))
            case _:
                raise _NotJsonError(self._start)
        if self._open[-1:] == ["}"] and (when := moment(self._key, token[:_LONGEST_MOMENT].strip('"'))):
            self._remark = f"{when:%Y-%m-%d %H:%M:%S}Z"

    def _next(self) -> tuple[str, str]:
        self._start = self._position
        found = _TOKEN.match(self._text, self._position)
        if found is None or found.lastgroup is None:
            raise _NotJsonError(self._position)
        self._position = found.end()
        return found.lastgroup, self._string() if found.lastgroup == "string" else found[found.lastgroup]

    def _string(self) -> str:
        """Return the string that has just begun, in its quotes."""
        begin = self._position - 1
        end = self._text.find('"', self._position)
        while end >= 0 and _is_escaped(self._text, end):
            end = self._text.find('"', end + 1)
        if end < 0:
            raise _NotJsonError(self._start)
        self._position = end + 1
        return self._text[begin : self._position]

    def _next_mark(self) -> str:
        """Return the next token where only a mark is valid, or an empty text at the end."""
        kind, token = self._next()
        if kind not in ("mark", "end"):
            raise _NotJsonError(self._start)
        return token

    def _line(self) -> BodyLine:
        if self._remark:
            self._pieces.append((Token.NOTE, f"  {self._remark}"))
        pieces, self._pieces, self._remark = tuple(self._pieces), [], ""
        return BodyLine(indent=len(self._open), pieces=pieces)


def _is_escaped(text: str, at: int) -> bool:
    """Return whether a quotation mark belongs to the string that it stands in: behind an odd number of backslashes."""
    before = at
    while text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _decode(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]


def _quote(text: str) -> str:
    if len(text) <= _LONGEST_VALUE:
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(text[:_LONGEST_VALUE], ensure_ascii=False)[:-1] + "…"


def moment(key: str, text: str) -> datetime | None:
    """Return the time that a number means, by its key: Meta sends seconds, and milliseconds for messages."""
    if not (key.endswith("time") or key in ("timestamp", "watermark")) or not (text.isdecimal() and text.isascii()):
        return None
    if len(text) not in (10, 13):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MiB" if count >= 1 << 20 else f"{count / 1024:.0f} KiB"


def _cut(shown: str, body: bytes) -> BodyLine:
    return BodyLine(pieces=((Token.NOTE, f"… the first {shown} of {_size(len(body))}"),), is_cut=True)


def _note(text: str) -> BodyLine:
    return BodyLine(pieces=((Token.NOTE, text),))


def _problem(text: str) -> BodyLine:
    return BodyLine(pieces=((Token.PROBLEM, text),))
