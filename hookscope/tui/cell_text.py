"""Text from outside, cut and padded to columns of the terminal."""

import re
import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from hookscope.views.sanitize import sanitize

_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02af\u2010-\u2027]*")
"""Printable characters of one column each: those of most languages in Latin letters, and their quotation marks."""

_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
"""Joiners, variation selectors, skin tones: terminals disagree on how wide what they join is, so each part stands
alone."""

_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""More than two marks over one letter run into the neighboring rows."""

_GAP = "  "
"""Between texts beside each other."""

_WIDEST = 2
"""Columns of a wide character."""

_MOST_IN_A_CELL = 3
"""Characters of a clean text: a letter with two marks."""


def clean(text: str) -> str:
    """Make a text safe for the terminal, and as wide there as `width` says."""
    if (text.isascii() and text.isprintable()) or _PLAIN.fullmatch(text):
        return text
    shown = _JOINERS.sub("", sanitize(text))
    shown = _STACKED.sub(r"\1", shown)
    return shown if shown.isprintable() else "".join(map(_printable, shown))


def width(text: str) -> int:
    """Return the number of columns that a clean text takes."""
    return len(text) if _is_plain(text) else cell_len(text)


def cut(text: str, columns: int) -> str:
    """Return a clean text, shortened with an ellipsis if it is too wide."""
    if width(text) <= columns:
        return text
    if columns <= 1:
        return "…"[:columns]
    if _is_plain(text):
        return f"{text[: columns - 1].rstrip()}…"
    return f"{set_cell_size(text[: columns * _MOST_IN_A_CELL], columns - 1).rstrip()}…"


def cut_list(texts: Sequence[str], columns: int) -> str:
    """Return clean texts beside each other; those that do not fit give way to an ellipsis as a whole."""
    shown = _GAP.join(texts)
    kept = len(texts)
    while kept > 1 and width(shown) > columns:
        kept -= 1
        shown = _GAP.join([*texts[:kept], "…"])
    return cut(shown, columns)


def pad(text: str, columns: int) -> str:
    """Return a clean text, shortened or padded with blanks to exactly `columns`."""
    shown = cut(text, columns)
    return shown + " " * (columns - width(shown))


def chop(text: str, columns: int) -> list[str]:
    """Split a clean text into parts of at most `columns`."""
    if _is_plain(text):
        return [text[start : start + columns] for start in range(0, len(text), columns)] or [""]
    parts = chop_cells(text, columns)
    if lost := len(text) - sum(map(len, parts)):  # Rich leaves out marks that stand before any letter.
        return [text[:lost] + "".join(parts[:1]), *parts[1:]]
    return parts or [""]


def fold(text: str, first: int, others: int) -> list[str]:
    """Split a clean text: the first part has at most `first` columns, the others `others`; broken at blanks.

    The first part is empty if it has no room; the others have at least two columns, as a wide character needs.
    """
    parts, room, others = [], max(first, 0), max(others, _WIDEST)
    while len(text) > 3 * room or width(text) > room:
        head = chop(text[: 3 * room], room)[0] if room else ""
        if text[len(head) : len(head) + 1] != " " and (blank := head.rfind(" ", len(head) // 2)) > 0:
            head = head[: blank + 1]
        parts.append(head)
        text, room = text[len(head) :], others
    return [*parts, text]


def _is_plain(text: str) -> bool:
    """Return whether a clean text has as many columns as characters."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def _printable(char: str) -> str:
    """Replace characters without a reliable width, unassigned and private ones, and make any blank a single one."""
    if char.isprintable():
        return char
    return " " if unicodedata.category(char) == "Zs" else "\ufffd"
