"""A capture as one row of the list: its columns, and their texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hookscope.meta.signature import SignatureVerdict
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.record import Kind, Source, is_genuine
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone, extent, lit
from hookscope.views.highlight import Sought

SIGNATURE_MARKS = {
    SignatureVerdict.VALID: ("✓", Tone.OK),
    SignatureVerdict.INVALID: ("✗", Tone.BAD),
    SignatureVerdict.MISSING: ("!", Tone.WARN),
    SignatureVerdict.UNCHECKED: ("?", Tone.MUTED),
}

_LONG_ID = re.compile(r"(?<![\w.])\d{8,}(?=\d{4}(?![\w.]))")
"""All but the end of a number as Meta numbers people, posts and leads."""

MARKED = "◆"
NOTED = "✎"

_TIME = 8
_SIGNATURE = 3
_STATUS = 3
_ELAPSED = 4
_FORWARD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The widths of the variable columns, in cells; 0 for one that is left out."""

    event: int
    summary: int
    elapsed: int
    forward: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The context of the rows: the present, for dates; the start of the run, for older captures; whether it forwards;
    words to highlight.
    """

    now: datetime
    began: datetime | None = None
    forwards: bool = False
    wanted: Sought = ()


def columns(width: int, *, forwarding: bool) -> Columns:
    """Return the columns that fit into so many cells."""
    elapsed = _ELAPSED if width >= 68 else 0
    forward = _FORWARD if forwarding else 0
    event = min(max(width // 5, 13), 26)
    taken = 1 + _TIME + 1 + event + 2 + sum(1 + size for size in (_SIGNATURE, _STATUS, elapsed, forward) if size)
    return Columns(event=event, summary=max(width - taken - 1, 6), elapsed=elapsed, forward=forward)


def heading(shape: Columns, badge: Pieces) -> Pieces:
    """Return the names of the columns, and the list's state, in the room that the summary's name leaves."""
    names = f" {'TIME':<{_TIME}} {'EVENT':<{shape.event}}  "
    room = shape.summary - extent(badge)
    named = "SUMMARY" if room > 8 else ""
    last = " SIG ANS"
    if shape.elapsed:
        last += f" {'MS':>{shape.elapsed}}"
    if shape.forward:
        last += f" {'APP':>{shape.forward}}"
    return [(Tone.FAINT, names + named.ljust(max(room, 0))), *badge, (Tone.FAINT, last)]


def row(line: CaptureSummary, shape: Columns, moment: Moment) -> Pieces:
    """Return the row, as wide as its columns; a capture that is not of this run, or not Meta's, in faint tones."""
    aside = line.kind is Kind.STRAY or _is_earlier(line, moment)
    pieces = [*_cells(line, shape, moment)]
    if aside:
        pieces = [(_ASIDE.get(tone, Tone.FAINT), text) for tone, text in pieces]
    return pieces


_ASIDE = {Tone.BAD: Tone.MUTED, Tone.FOUND: Tone.FOUND}


def clock(when: datetime, now: datetime) -> str:
    """Return the time if today, else the date, in eight cells."""
    local = when.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%d %b}  " if local.year == now.year else f"{local:%b %Y}"


def event_name(line: CaptureSummary, width: int) -> str:
    """Return `object.field`; the object is shortened first when there is no room, since the field says more."""
    match line.kind:
        case Kind.HANDSHAKE:
            return "handshake"
        case Kind.STRAY:
            return "stray"
    if line.event is None:
        return "notification"
    topic, field = cell_text.clean(line.event.object), cell_text.clean(line.event.field)
    if (over := cell_text.width(topic) + 1 + cell_text.width(field) - width) > 0:
        topic = cell_text.cut(topic, max(cell_text.width(topic) - over, 3))
    return f"{topic}.{field}"


def summary(line: CaptureSummary) -> Pieces:
    """Return the summary in one line of any length."""
    match line.kind:
        case Kind.HANDSHAKE if line.handshake_accepted:
            return [(Tone.OK, "✓ accepted")]
        case Kind.HANDSHAKE:
            return [(Tone.BAD, "✗ rejected"), (Tone.TEXT, f": {cell_text.clean(line.handshake_reason or 'no reason')}")]
        case Kind.STRAY:
            return [(Tone.MUTED, f"{cell_text.clean(line.method)} {cell_text.clean(line.target)}")]
    if line.event:
        return [(Tone.TEXT, cell_text.clean(line.event.summary))]
    return [(Tone.WARN, f"! {cell_text.clean(line.problem or 'without events')}")]


def badges(line: CaptureSummary) -> list[str]:
    """Return what distinguishes the capture, in short words."""
    found = []
    if line.marked:
        found.append(MARKED)
    if line.note:
        found.append(NOTED)
    if line.event_count > 1:
        found.append(f"+{line.event_count - 1}")
    if line.duplicate_of:
        found.append(f"=#{line.duplicate_of}")
    elif before := [*filter(None, line.originals)]:
        found.append(f"~#{before[0]}")
    if line.shared_seq:
        found.append(f"@{line.shared_seq}")
    if line.replay_of:
        found.append(f"↻#{line.replay_of}")
    if line.event and line.event.entry_id == "0":
        found.append("test")
    if line.source in (Source.TRIGGER, Source.IMPORT):
        found.append(str(line.source))
    return found


def elapsed(milliseconds: float | None) -> str:
    """Return milliseconds in at most four cells, as seconds if there are many."""
    if milliseconds is None:
        return ""
    if milliseconds < 9.95:
        return f"{milliseconds:.1f}"
    return f"{milliseconds:.0f}" if milliseconds < 9999.5 else f"{milliseconds / 1000:.0f}s"


def status_tone(status: int | None) -> Tone:
    """Return the tone of an HTTP status; None is no answer."""
    return Tone.OK if status is not None and 200 <= status < 300 else Tone.BAD


def _cells(line: CaptureSummary, shape: Columns, moment: Moment) -> Iterator[tuple[Tone, str]]:
    yield Tone.MUTED, f" {cell_text.pad(clock(line.received_at, moment.now), _TIME)} "
    event = (_event_tone(line), f"{cell_text.pad(event_name(line, shape.event), shape.event)}  ")
    for tone, text in (event, *_summary(line, shape.summary)):
        yield from lit(tone, text, moment.wanted)
    yield from _signature(line)
    status = line.reply_status
    yield (Tone.MUTED if status == 200 else Tone.BAD), f" {status or '–':>{_STATUS}}"
    if shape.elapsed:
        yield Tone.MUTED, f" {elapsed(line.reply_ms):>{shape.elapsed}}"
    if shape.forward:
        yield _forwarded(line, shape.forward, moment)


def _is_earlier(line: CaptureSummary, moment: Moment) -> bool:
    return moment.began is not None and line.received_at < moment.began


def _is_forwarded(line: CaptureSummary) -> bool:
    """Return whether a capture may be forwarded: a notification of Meta's, and not one that Meta sends again."""
    return line.reply_status in (None, 200) and is_genuine(line.kind, line.signature, line.replay_of)


def _event_tone(line: CaptureSummary) -> Tone:
    return {Kind.HANDSHAKE: Tone.BADGE, Kind.STRAY: Tone.MUTED}.get(line.kind, Tone.ACCENT)


def _summary(line: CaptureSummary, width: int) -> Iterator[tuple[Tone, str]]:
    marks = cell_text.cut(" ".join(badges(line)), width - 1)
    room = width - (cell_text.width(marks) + 1 if marks else 0)
    told = summary(line)
    if extent(told) > room and line.event:
        told = [(tone, _LONG_ID.sub("…", text)) for tone, text in told]
    for tone, text in told:
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
        follows = _is_forwarded(line) and moment.forwards and not _is_earlier(line, moment)
        return Tone.FAINT, f" {'·' if follows else '':>{width}}"
    if line.outcome.held:
        return Tone.WARN, f" {'held':>{width}}"
    shown = str(line.outcome.status) if line.outcome.status is not None else "err"
    good = status_tone(line.outcome.status)
    return good, f" {('✓' if good is Tone.OK else '✗') + shown:>{width}}"
