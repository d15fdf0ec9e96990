"""Findings as lines for a terminal."""

import shutil
import sys
import textwrap
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import click

from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding

_TONES = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "bright_black"}
"""By state."""

_COMMAND = "→ hookscope "
_NARROWEST = 40


def mark(finding: "Finding", *, color: bool) -> str:
    """Return the character that stands for a finding's state."""
    shown = finding.state.mark
    return click.style(shown, fg=_TONES[finding.state], bold=True) if color else shown


def finding_lines(finding: "Finding") -> list[str]:
    """Return a finding in up to three lines: what, why, and the next step."""
    lines = [finding.what, *filter(None, (finding.why,))]
    return [sanitize(line) for line in (*lines, *([f"→ {finding.next_step}"] if finding.next_step else []))]


def marked_lines(finding: "Finding", width: int | None, *, color: bool) -> list[str]:
    """Return a finding with its mark, then the reason and the next step, wrapped to `width` columns if given.

    A command stays on one line, so that it can be copied.
    """
    what, *more = finding_lines(finding)
    first, *rest = wrap(what, width, "  ")
    below = [line for text in more for line in wrap(text, None if text.startswith(_COMMAND) else width)]
    return [f"{mark(finding, color=color)} {first[2:]}", *rest, *below]


def wrap(text: str, width: int | None, indent: str = "    ") -> list[str]:
    """Return a text as indented lines of at most `width` columns, or as a single line without a width."""
    if width is None:
        return [indent + text]
    room = max(width, _NARROWEST)
    return textwrap.wrap(text, room, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) or [""]


def cut(line: str, width: int | None) -> str:
    """Return a line, shortened with an ellipsis to a width in columns if there is one."""
    if width is None or (len(line) <= width and line.isascii()):
        return line
    columns = list(accumulate(map(_columns, line), initial=0))
    return line if columns[-1] <= width else f"{line[: bisect_right(columns, width - 1) - 1].rstrip()}…"


def _columns(char: str) -> int:
    """Return the columns that a character takes in a terminal."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def terminal_width() -> int | None:
    """Return the width of the terminal on stdout; None for a file or a pipe, whose readers want whole lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
