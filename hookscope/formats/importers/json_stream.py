"""JSON from a file of any length, a value at a time."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

_CHUNK = 1 << 20
_LARGEST = 1 << 28
"""A body of the largest size that is received takes a tenth of that, as a rule."""

_LINES = msgspec.json.Decoder()
_LINE = 1 << 16
"""Longer lines are not looked at as a whole: each may hold many values."""

_BLOCK = 1 << 19
"""The size of several lines that are read together: large enough to be handed to another process."""

_BLANK = re.compile(r"[ \t\r\n]*")
_WORDS = ("null", "true", "false")
_NEAR_THE_END = 16
"""Characters that an escape or a number may lack when the text is cut within it."""


class JsonReader:
    """Parses the text that `read` returns as JSON. Raises a readable ValueError.

    `read` is called with the most characters that it may return. No value may be longer than about `largest`
    characters: whatever the file, no more than that is held. `line` is the current line, and `began` the line where the
    last value began, counted from 1.
    """

    def __init__(self, read: Callable[[int], str], *, largest: int = _LARGEST) -> None:
        self.line = self.began = 1
        self._read = read
        self._largest = largest
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder(parse_constant=_refuse).raw_decode

    def peek(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._move(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, char: str) -> bool:
        """Read this character if it comes next; return whether it did."""
        if self.peek() != char:
            return False
        self._move(self._at + 1)
        return True

    def value(self) -> Any:
        """Return the next whole value."""
        if not self.peek():
            raise ValueError("the file ends too early")
        self.began = self.line
        if (line := self._whole_line()) and (found := _decode_line(line)) is not None:
            self._at += len(line)
            return found
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                reached = error.pos - self._at
                if not self._is_cut(error) or not self._more():
                    raise self._explain(error.msg, reached) from error
            except RecursionError as error:
                raise ValueError("it is nested too deeply") from error
            except ValueError as error:
                raise ValueError(f"it is not readable JSON: {error}") from error
            else:
                length = end - self._at  # More text takes the place of what was read before.
                if not self._may_go_on(end) or not self._more():
                    self._move(self._at + length)
                    return value

    def lines(self) -> str:
        """Return the next whole lines, at least one, as they are; empty when none of what is left is whole."""
        while len(self._text) - self._at < _BLOCK and self._more():
            pass
        while not (end := self._end_of_lines(self._at + _BLOCK)):
            if not self._more():
                return ""
        lines = self._text[self._at : end]
        self._move(end)
        return lines

    def give_back(self, text: str) -> None:
        """Put back what was read last: it comes again."""
        self._text, self._at = text + self._text[self._at :], 0
        self.line -= text.count("\n")

    def members(self) -> Iterator[str]:
        """Yield the names of the object that begins here; the caller reads each value before asking for the next."""
        self._expect("{")
        if self.take("}"):
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise ValueError("it is not JSON: a key is not a string")
            self._expect(":")
            yield key
            if self.take("}"):
                return
            self._expect(",")

    def elements(self) -> Iterator[Any]:
        """Yield the elements of the list that begins here."""
        self._expect("[")
        if self.take("]"):
            return
        while True:
            yield self.value()
            if self.take("]"):
                return
            self._expect(",")

    def _end_of_lines(self, limit: int) -> int:
        """Return the end of the last line that ends before the limit, or else of the next one; 0 if there is none."""
        return self._text.rfind("\n", self._at, limit) + 1 or self._text.find("\n", limit) + 1

    def _whole_line(self) -> str:
        """Return the rest of the line without a comma at its end, if it can be an object; else an empty text."""
        if self._text[self._at] != "{" or (end := self._text.find("\n", self._at, self._at + _LINE)) < 0:
            return ""
        line = self._text[self._at : end].removesuffix(",")
        return line if line.endswith("}") else ""

    def _expect(self, char: str) -> None:
        if not self.take(char):
            raise ValueError(f"it is not JSON: {char!r} is missing" if self.peek() else "the file ends too early")

    def _move(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read at least as much again as is waiting: a long value is then parsed a few times only."""
        waiting = len(self._text) - self._at
        if waiting > self._largest:
            raise ValueError(f"a value is longer than {self._largest:,} characters")
        try:
            read = "" if self._ended else self._read(max(_CHUNK, waiting))
        except UnicodeDecodeError as error:
            raise ValueError(f"it is not UTF-8: {error.reason}") from error
        self._ended = not read
        self._text, self._at = self._text[self._at :] + read, 0
        return bool(read)

    def _may_go_on(self, end: int) -> bool:
        """Return whether more text may belong to a value that seems to end there: `0.` begins with a number."""
        rest = self._text[end : end + _NEAR_THE_END]
        return not rest or (rest[0] in ".eE" and len(rest) < _NEAR_THE_END)

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Return whether more text may complete it."""
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR_THE_END

    def _explain(self, problem: str, reached: int) -> ValueError:
        """Return the error at a place `reached` characters from here."""
        place = self._at + reached
        rest = self._text[place : place + _NEAR_THE_END].strip()
        if problem.startswith("Unterminated string") or any(word.startswith(rest) for word in _WORDS):
            return ValueError("the file ends too early")
        line = self.line + self._text.count("\n", self._at, place)
        return ValueError(f"it is not JSON: {problem[0].lower()}{problem[1:]} (line {line})")


def _decode_line(line: str) -> Any:
    """Return the one object that a line holds, in a third of the time; None where only `json` can tell."""
    try:
        return _LINES.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
