"""A row of the list: its cells, each as wide as its column."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from hookscope.meta.signature import SignatureVerdict
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.record import Kind, is_genuine
from hookscope.tui import cell_text
from hookscope.tui.render.columns import SIGNATURE, STATUS, TIME, Columns
from hookscope.tui.render.row_words import badges, event_name, span, tags, words
from hookscope.tui.theme import Pieces, Tone, extent, lit
from hookscope.views.duration import elapsed
from hookscope.views.highlight import Sought
from hookscope.views.row_reader import Row

SIGNATURE_MARKS = {
    SignatureVerdict.VALID: ("✓", Tone.OK),
    SignatureVerdict.INVALID: ("✗", Tone.BAD),
    SignatureVerdict.MISSING: ("!", Tone.WARN),
    SignatureVerdict.UNCHECKED: ("?", Tone.MUTED),
}

_ASIDE = {Tone.BAD: Tone.MUTED, Tone.FOUND: Tone.FOUND, Tone.STRONG: Tone.MUTED}
_ROOMY = 44
"""So wide must a summary be for marks in words."""


class Moment(Struct, frozen=True, kw_only=True):
    """The context of the rows.

    It has the beginning of the user's day; the run, and its start, for the captures of others; whether it forwards; and
    the words to highlight.
    """

    today: datetime
    began: datetime | None = None
    run: int | None = None
    forwards: bool = False
    wanted: Sought = ()


def row(found: Row, shape: Columns, moment: Moment) -> Pieces:
    """Return a row, as wide as its columns; a capture that is not of this run, or not Meta's, in faint tones."""
    if found.day:
        return _divider(found.day, shape, moment.today)
    if (line := found.line) is None:
        return [(Tone.FAINT, " deleted from the journal")]
    pieces = [*_cells(found, line, shape, moment)]
    if line.kind is Kind.STRAY or _is_of_another_run(line, moment):
        pieces = [(_ASIDE.get(tone, Tone.FAINT), text) for tone, text in pieces]
    return pieces


def clock(when: datetime, now: datetime) -> str:
    """Return the time of day, behind the date unless that is today."""
    local = when.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%d %b %H:%M:%S}" if local.year == now.year else f"{local:%d %b %Y %H:%M:%S}"


def _divider(day: date, shape: Columns, today: datetime) -> Pieces:
    label = f"{day:%A} {day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")
    label += " (today)" if day == today.date() else ""
    width = (
        TIME
        + 1
        + shape.event
        + 2
        + shape.summary
        + sum(1 + size for size in (shape.id, SIGNATURE, STATUS, shape.elapsed, shape.forward, shape.lag) if size)
    )
    return [(Tone.FAINT, " ── "), (Tone.MUTED, label), (Tone.FAINT, f" {'─' * max(width - len(label) - 4, 0)}")]


def _cells(found: Row, line: CaptureSummary, shape: Columns, moment: Moment) -> Iterator[tuple[Tone, str]]:
    position = found.ref.position
    local = line.received_at.astimezone(moment.today.tzinfo)
    yield Tone.MUTED, f" {'' if position else f'{local:%H:%M:%S}':<{TIME}} "
    if shape.id:
        yield Tone.FAINT, f"{_number(found, shape.id)} "
    for tone, text in (*_event(found, line, shape.event), *_summary(found, line, shape.summary, moment.run)):
        yield from lit(tone, text, moment.wanted)
    if position:
        yield Tone.TEXT, " " * (2 + SIGNATURE + STATUS + _widths(shape.elapsed, shape.forward))
    else:
        yield from _signature(line)
        status = line.reply_status
        yield (Tone.MUTED if status == 200 else Tone.BAD), f" {status or '–':>{STATUS}}"
        if shape.elapsed:
            yield Tone.MUTED, f" {elapsed(line.reply_ms):>{shape.elapsed}}"
        if shape.forward:
            yield _forwarded(line, shape.forward, moment)
    if shape.lag:
        yield Tone.MUTED, f" {_lag(found, line):>{shape.lag}}"


def _widths(*columns: int) -> int:
    return sum(1 + width for width in columns if width)


def _number(found: Row, width: int) -> str:
    label = f"#{found.ref}"
    if len(label) > width:
        label = f".{found.ref.position}"
    return f"{label:<{width}}"


def _event(found: Row, line: CaptureSummary, width: int) -> Iterator[tuple[Tone, str]]:
    """Yield the name of the event, behind the sign of what is folded or hangs below."""
    tone = {Kind.HANDSHAKE: Tone.BADGE, Kind.STRAY: Tone.MUTED}.get(line.kind, Tone.ACCENT)
    if found.ref.position:
        sign, name = ("└ " if found.is_last else "├ "), cell_text.clean(found.event.field if found.event else "")
    else:
        sign = "" if found.folded is None else "▸ " if found.folded else "▾ "
        name = event_name(line, width - len(sign))
    if sign:
        yield Tone.FAINT, sign
    yield tone, f"{cell_text.pad(name, width - len(sign))}  "


def _summary(found: Row, line: CaptureSummary, width: int, run: int | None) -> Iterator[tuple[Tone, str]]:
    other = [f"run {line.run_id}"] if run and line.run_id not in (None, run) and not found.ref.position else []
    marks = cell_text.cut(" ".join(badges(found, line, brief=width < _ROOMY)), width - 1)
    room = width - (cell_text.width(marks) + 1 if marks else 0)
    leading = [(Tone.BADGE, f"{tag} ") for tag in (*other, *tags(found, line))]
    for tone, text in (*leading, *words(found, line, room - extent(leading))):
        shown = cell_text.cut(text, room)
        room -= cell_text.width(shown)
        yield tone, shown
    yield Tone.TEXT, " " * room
    if marks:
        yield Tone.BADGE, f" {marks}"


def _signature(line: CaptureSummary) -> Iterator[tuple[Tone, str]]:
    mark, tone = SIGNATURE_MARKS[line.signature] if line.kind is Kind.NOTIFICATION else ("·", Tone.FAINT)
    yield tone, f"  {mark} "


def _forwarded(line: CaptureSummary, width: int, moment: Moment) -> tuple[Tone, str]:
    if line.outcome is None:
        follows = _is_forwarded(line) and moment.forwards and not _is_of_another_run(line, moment)
        return Tone.FAINT, f" {'·' if follows else '':>{width}}"
    if line.outcome.held:
        return Tone.WARN, f" {'held':>{width}}"
    shown = str(line.outcome.status) if line.outcome.status is not None else "err"
    mark, tone = ("✓", Tone.OK) if line.outcome.succeeded else ("✗", Tone.BAD)
    return tone, f" {mark + shown:>{width}}"


def _lag(found: Row, line: CaptureSummary) -> str:
    """Return how long after it happened an event came; nothing for what Meta did not send just now."""
    event = found.event
    if event is None or event.happened is None or line.replay_of or (found.folded is not None and line.event_count > 1):
        return ""
    lag = line.received_at - event.happened
    return "" if lag.total_seconds() < 0 else span(lag)


def _is_of_another_run(line: CaptureSummary, moment: Moment) -> bool:
    if moment.run is not None:
        return line.run_id != moment.run
    return moment.began is not None and line.received_at < moment.began


def _is_forwarded(line: CaptureSummary) -> bool:
    """Return whether a capture may be forwarded: a notification of Meta's, and not one that Meta sends again."""
    is_history = line.run_id is None and line.shared_seq is not None
    answered = line.reply_status in (None, 200)
    return answered and not is_history and is_genuine(line.kind, line.signature, line.replay_of)
