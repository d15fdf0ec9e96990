"""A page of lines with folds, a cursor, and a text search, independent of any terminal.

The structure of JSON is derived from its lines, in the layout of `views.body`.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property

from msgspec.structs import replace

from hookscope.views.body import BodyLine, Token

_PLAIN_KEY = re.compile(r"[\w-]+")
_CLOSERS = {"{": "}", "[": "]"}


class Page:
    """Lines; if `folds` is true, those between an opening and a closing bracket can be folded."""

    def __init__(self, lines: Sequence[BodyLine], *, folds: bool = False) -> None:
        self.lines = lines
        self.folds = folds
        self.cursor = 0
        self._folded: set[int] = set()

    def prepare(self) -> None:
        """Determine what can be folded; with many lines, that takes a while.

        Without this call, it is done on first use.
        """
        _ = self._openers

    def adopt(self, earlier: "Page") -> None:
        """Take over cursor and folds from an earlier version of the page."""
        if len(earlier.lines) == len(self.lines):
            self.cursor, self._folded = earlier.cursor, earlier._folded

    # Lines

    @property
    def cut(self) -> str | None:
        """The part of a body that the lines show, if they do not show all of it."""
        last = self.lines[-1] if self.lines else None
        return last.pieces[0][1].removeprefix("… ") if last and last.is_cut else None

    @property
    def shown(self) -> list[int]:
        """The numbers of the visible lines."""
        found, number = [], 0
        while number < len(self.lines):
            found.append(number)
            number = self._ends[number] + 1 if number in self._folded else number + 1
        return found

    def line(self, number: int) -> BodyLine:
        """Return a line; a folded one summarizes what it hides."""
        line = self.lines[number]
        if number not in self._folded:
            return line
        end = self._ends[number]
        inner = range(number + 1, end)
        hidden = sum(self._parents[one] == number and one not in self._openers for one in inner)
        remark = (Token.NOTE, f" … {hidden:,} "), *self.lines[end].pieces
        return replace(line, pieces=(*line.pieces, *remark))

    def is_folded(self, number: int) -> bool:
        """Return whether a line is folded."""
        return number in self._folded

    # The cursor

    def move(self, lines: int) -> None:
        """Move the cursor by that number of visible lines, as far as possible."""
        shown = self.shown
        at = shown.index(self.cursor) if self.cursor in shown else 0
        if shown:
            self.cursor = shown[min(max(at + lines, 0), len(shown) - 1)]

    @property
    def path(self) -> str:
        """The JSON path of the cursor's line; for a closing bracket, that of its value."""
        number, steps = self.cursor, []
        while number >= 0 and self.lines:
            number = self._openers.get(number, number)
            if (step := self._steps[number]) is not None:
                steps.append(step)
            number = self._parents[number]
        return "$" + "".join(_step(step) for step in reversed(steps))

    # Folds

    def fold(self) -> None:
        """Fold the value that the cursor's line opens, else the one around it."""
        number = self._openers.get(self.cursor, self.cursor)
        if number not in self._ends or number in self._folded:
            number = self._parents[number] if self.lines else -1
        if number in self._ends:
            self._folded.add(number)
            self.cursor = number

    def unfold(self) -> None:
        """Unfold the cursor's line."""
        self._folded.discard(self.cursor)

    def toggle(self) -> None:
        """Fold or unfold the cursor's line."""
        if self.is_folded(self.cursor):
            self.unfold()
        elif self.cursor in self._ends:
            self.fold()

    def toggle_all(self) -> None:
        """Unfold everything, or fold everything below the outermost value."""
        if self._folded:
            self._folded.clear()
            return
        self._folded = {number for number in self._ends if self._parents[number] >= 0}
        while (parent := self._parents[self.cursor] if self.lines else -1) in self._folded:
            self.cursor = parent

    def reveal(self, number: int) -> None:
        """Put the cursor on a line, and unfold the folds that hide it."""
        self.cursor = number
        parent = self._parents[number]
        while parent >= 0:
            self._folded.discard(parent)
            parent = self._parents[parent]

    # Finding

    def find(self, text: str) -> list[int]:
        """Return the numbers of all lines that hold a text, hidden ones too; case does not matter."""
        wanted = text.casefold()
        return [number for number, line in enumerate(self._texts) if wanted in line] if wanted else []

    @cached_property
    def _texts(self) -> list[str]:
        return ["".join(text for _, text in line.pieces).casefold() for line in self.lines]

    # The structure

    @cached_property
    def _structure(self) -> tuple[dict[int, int], list[int], list[str | int | None]]:
        """The closing line of each opening one, the opening line around each line, and the path step from there."""
        ends: dict[int, int] = {}
        parents: list[int] = []
        steps: list[str | int | None] = []
        open_: list[list[int]] = []  # The opening line, and the number of values in it so far.
        for number, line in enumerate(self.lines):
            first = line.pieces[0] if line.pieces else (Token.NOTE, "")
            if open_ and first[0] is Token.PUNCTUATION and first[1] in _CLOSERS.values():
                ends[open_.pop()[0]] = number
                parents.append(open_[-1][0] if open_ else -1)
                steps.append(None)
                continue
            parents.append(open_[-1][0] if open_ else -1)
            steps.append(_name(line) if first[0] is Token.KEY else open_[-1][1] if open_ else None)
            if open_:
                open_[-1][1] += 1
            if any(piece == (Token.PUNCTUATION, mark) for piece in line.pieces[-1:] for mark in _CLOSERS):
                open_.append([number, 0])
        return ends, parents, steps

    @property
    def _ends(self) -> dict[int, int]:
        return self._structure[0] if self.folds else {}

    @property
    def _parents(self) -> list[int]:
        return self._structure[1] if self.folds else [-1] * len(self.lines)

    @property
    def _steps(self) -> list[str | int | None]:
        return self._structure[2] if self.folds else [None] * len(self.lines)

    @cached_property
    def _openers(self) -> dict[int, int]:
        return {end: start for start, end in self._ends.items()}


def _name(line: BodyLine) -> str:
    try:
        return str(json.loads(line.pieces[0][1]))
    except ValueError:  # A key that is too long to be shown in full.
        return line.pieces[0][1]


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
