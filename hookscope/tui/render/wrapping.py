"""Wrap styled lines at a width, with their indentation."""

from collections.abc import Iterable, Sequence

from hookscope.tui import cell_text
from hookscope.views.body import BodyLine, Piece, Token

_STEP = 2
_DEEPEST = 20
"""Levels of indentation that are shown; what is nested deeper stays at the margin of this one."""


def wrap(lines: Iterable[BodyLine], width: int) -> list[tuple[Piece, ...]]:
    """Clean lines and wrap them to at most `width` cells; continuation rows are indented a little more."""
    rows: list[tuple[Piece, ...]] = []
    for line in lines:
        indent = min(line.indent, _DEEPEST) * _STEP
        if indent > width // 2:
            indent = width // 2
        pieces = [(token, cell_text.clean(text)) for token, text in line.pieces]
        if _has_remark_to_spare(pieces, width - indent):
            pieces.pop()
        if indent + sum(cell_text.width(text) for _, text in pieces) <= width:
            rows.append(((pieces[0][0], " " * indent), *pieces) if indent else tuple(pieces))
        else:
            rows += _wrap_long(pieces, indent, line.hanging, width)
    return rows


def wrap_each(lines: Sequence[BodyLine], width: int) -> list[list[tuple[Piece, ...]]]:
    """Return the rows of each line."""
    return [wrap((line,), width) for line in lines]


def _has_remark_to_spare(pieces: Sequence[Piece], width: int) -> bool:
    """Return whether a line is too long only because of the remark at its end, which is not worth a row of its own."""
    *others, (token, remark) = pieces
    if not others or token is not Token.NOTE:
        return False
    taken = sum(cell_text.width(text) for _, text in others)
    return taken <= width < taken + cell_text.width(remark)


def _wrap_long(pieces: Sequence[Piece], indent: int, further: int, width: int) -> list[tuple[Piece, ...]]:
    rows: list[tuple[Piece, ...]] = []
    row: list[Piece] = [(pieces[0][0], " " * indent)]
    room = width - indent
    hanging = min(indent + further, width // 2) if len(pieces) > 1 else indent
    for token, text in pieces:
        if token is Token.PLAIN and not indent and len(pieces) == 1:
            return [((token, part),) for part in cell_text.chop(text, width)]
        head, *others = cell_text.fold(text, room, width - hanging)
        row.append((token, head))
        room -= cell_text.width(head)
        for part in others:
            rows.append(tuple(row))
            row, room = [(token, " " * hanging), (token, part)], width - hanging - cell_text.width(part)
    rows.append(tuple(row))
    return rows
