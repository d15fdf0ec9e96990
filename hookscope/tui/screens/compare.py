"""Two captures side by side, or one below the other when there is little room."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import ClassVar

from textual.binding import Binding, BindingType

from hookscope.model.record import Capture, Kind
from hookscope.tui import cell_text
from hookscope.tui.render.capture_row import clock
from hookscope.tui.screens.dialogs import Overlay
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import ViewState
from hookscope.tui.widgets.text import Writer
from hookscope.views.diff import Diff, DiffLine, Mark, diff
from hookscope.views.verify_token import masked_target

_WIDE = 96
_GAP = " │ "
_STEP = 2
_DEEPEST = 20

_TONES = {
    Mark.SAME: Tone.MUTED,
    Mark.CHANGED: Tone.WARN,
    Mark.EXPECTED: Tone.FAINT,
    Mark.REMOVED: Tone.BAD,
    Mark.ADDED: Tone.OK,
    Mark.SKIPPED: Tone.FAINT,
}
_BESIDE = {Mark.CHANGED: "~", Mark.EXPECTED: "·", Mark.REMOVED: "-", Mark.ADDED: "+"}


class Comparison(Overlay):
    """The differences of two captures, on the whole screen."""

    DEFAULT_CSS = """
    Comparison > Vertical { width: 100%; max-width: 100%; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("equals_sign", "dismiss", show=False)]

    def __init__(self, left: Capture, right: Capture, state: ViewState) -> None:
        super().__init__(f"Compare #{left.ref} with #{right.ref}", comparison(left, right, state.now), state)


def comparison(left: Capture, right: Capture, now: datetime) -> Writer:
    """Return a writer of the differences of two captures."""
    found = diff(left, right)

    @cache
    def write(width: int) -> Pieces:
        rows = _beside if width >= _WIDE else _below
        pieces = [*_summary(found), (Tone.TEXT, "\n")]
        pieces += rows([_heading(left, right, now)], width, Tone.STRONG)
        pieces += rows(found.body, width) if found.body else []
        if found.headers:
            pieces += [(Tone.TEXT, "\n"), (Tone.STRONG, "Headers"), (Tone.MUTED, " that differ\n")]
            pieces += rows(found.headers, width)
        return pieces

    return lambda _, width: write(width)


def _summary(found: Diff) -> Pieces:
    """Return how many differences there are of each kind."""
    counts = [(mark, found.count(mark)) for mark in (Mark.CHANGED, Mark.ADDED, Mark.REMOVED)]
    pieces: Pieces = []
    for mark, count in counts:
        if count:
            pieces += [(_TONES[mark], f"{_BESIDE[mark]} {count:,} {mark}"), (Tone.TEXT, "   ")]
    expected = found.count(Mark.EXPECTED)
    if not pieces:
        but = " except for ids, times, and signatures" if expected else ""
        return [(Tone.OK, "✓ "), (Tone.TEXT, f"no difference{but}\n")]
    if expected:
        pieces.append((Tone.FAINT, f"· {expected:,} that always differ: ids, times, signatures"))
    return [*pieces, (Tone.TEXT, "\n")]


def _heading(left: Capture, right: Capture, now: datetime) -> DiffLine:
    return DiffLine(mark=Mark.CHANGED, left=_title(left, now), right=_title(right, now))


def _title(capture: Capture, now: datetime) -> str:
    event = capture.lead
    described = f"{event.object}.{event.field}  {event.summary}" if event else str(capture.kind)
    if capture.kind is Kind.STRAY:
        described += f" {capture.request.method} {masked_target(capture.request.target)}"
    return f"#{capture.ref}  {clock(capture.received_at, now).strip()}  {described}"


def _beside(lines: Sequence[DiffLine], width: int, tone: Tone | None = None) -> Pieces:
    """Return two columns."""
    half = (width - len(_GAP)) // 2
    pieces: Pieces = []
    for line in lines:
        left, right = ([*_cell(line, text, half, tone)] for text in (line.left, line.right))
        if line.mark is Mark.SKIPPED:
            left = right = [*_cell(line, "", half, tone)]
        for first, second in zip_longest(left, right, fillvalue=((Tone.TEXT, " " * half),)):
            pieces += [*first, (Tone.FAINT, _GAP), *second, (Tone.TEXT, "\n")]
    return pieces


def _below(lines: Sequence[DiffLine], width: int, tone: Tone | None = None) -> Pieces:
    """Return one column: for each difference, first the left side, then the right."""
    pieces: Pieces = []
    for line in lines:
        sides = [("-", line.left), ("+", line.right)]
        if line.mark in (Mark.SAME, Mark.SKIPPED):
            sides = [(" ", line.left or "")]
        for beside, text in sides:
            for row in _cell(line, text, width, tone, beside=beside):
                pieces += [*row, (Tone.TEXT, "\n")]
    return pieces


def _cell(
    line: DiffLine, text: str | None, width: int, tone: Tone | None, *, beside: str | None = None
) -> Iterator[tuple[tuple[Tone, str], ...]]:
    """Yield the rows of one side of a line, each exactly so wide; none when there is nothing on that side."""
    if text is None:
        return
    shown = tone or _TONES[line.mark]
    mark = beside or (" " if tone else _BESIDE.get(line.mark, " "))
    if line.mark is Mark.SKIPPED:
        text = f"⋯ {line.name}"
    elif line.name:
        text = f"{line.name}: {text}"
    indent = min(line.indent * _STEP, _DEEPEST, width // 3)
    room = width - indent - _STEP
    parts = cell_text.fold(cell_text.clean(text), room, room - _STEP)
    if tone:
        parts = [cell_text.cut(cell_text.clean(text), room)]
    for n, part in enumerate(parts):
        hanging = " " * (indent + (_STEP if n else 0))
        yield (shown, f"{mark if not n else ' '} "), (shown, cell_text.pad(f"{hanging}{part}", width - _STEP))
