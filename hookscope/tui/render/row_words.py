"""The text of a row: who did what to whom, and the marks that set it apart."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.summaries.story import Story
from hookscope.model.capture_id import EventRef
from hookscope.model.capture_summary import MOST_ATTEMPTS, CaptureSummary, StatusStep
from hookscope.model.record import Kind, Source
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.views.row_reader import Row
from hookscope.views.verify_token import masked_target

MARKED = "◆"
NOTED = "✎"

_LONG_ID = re.compile(r"(?<![\w.])\d{8,}(?=\d{4}(?![\w.]))")
"""All but the end of a number as Meta numbers people, posts and leads."""

_SHORTER = {WHATSAPP: "whatsapp", "whatsapp": "wa", "instagram": "ig"}
_SHORTEST_TOPIC = 4
"""So that `page` stays."""

_TEST_ENTRY = "0"
_KINDS_OF_EVENTS = 3
_ROOM_FOR_WHOM = 48
_ROOM_FOR_ACTION = 34
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def counted(refs: Sequence[EventRef]) -> str:
    """Return how many captures and events these are, such as `3 events`."""
    events = sum(1 for ref in refs if ref.position)
    kinds = "events" if events == len(refs) else "captures and events" if events else "captures"
    return f"{len(refs):,} {kinds}"


def chosen(refs: Sequence[EventRef]) -> str:
    """Return the name of the only one, or how many are marked."""
    return f"#{refs[0]}" if len(refs) == 1 else f"the {counted(refs).replace(' ', ' marked ', 1)}"


def event_name(line: CaptureSummary, width: int, event: Story | None = None) -> str:
    """Return `object.field`; the object is shortened first when there is no room, since the field says more."""
    match line.kind:
        case Kind.HANDSHAKE:
            return "handshake"
        case Kind.STRAY:
            return "stray"
    if (event := event or line.event) is None:
        return "notification"
    topic, field = cell_text.clean(event.object), cell_text.clean(event.field)
    if event is line.event and len({one.field for one in line.events}) > 1:
        return cell_text.cut(_SHORTER.get(topic, topic) if cell_text.width(topic) > width else topic, width)
    while cell_text.width(topic) + 1 + cell_text.width(field) > width and topic in _SHORTER:
        topic = _SHORTER[topic]
    if (over := cell_text.width(topic) + 1 + cell_text.width(field) - width) > 0:
        topic = cell_text.cut(topic, max(cell_text.width(topic) - over, _SHORTEST_TOPIC))
    return f"{topic}.{field}"


def summary(line: CaptureSummary) -> Pieces:
    """Return a capture in one line of any length, as a log has it."""
    if line.kind is Kind.NOTIFICATION and line.event:
        return [(Tone.TEXT, cell_text.clean(line.event.summary))]
    return _without_events(line)


def words(row: Row, line: CaptureSummary, room: int) -> Pieces:
    """Return the text of a row, in about `room` cells: names give way before what was said."""
    if not row.ref.position and line.event_count > 1:
        return [
            *_batch(line.events, row.matching),
            *([(Tone.WARN, f"  ! {cell_text.clean(line.problem)}")] if line.problem else []),
        ]
    event = row.event if line.kind is Kind.NOTIFICATION else None
    if event is None:
        return [(Tone.MUTED, "being read…")] if line.is_large else _without_events(line)
    steps = line.steps if not row.ref.position else ()
    pieces = _event_words(event, steps, whom=True)
    if extent(pieces) > room:
        if room < _ROOM_FOR_ACTION and event.words and event.who and not steps:
            pieces = [(Tone.STRONG, cell_text.clean(event.who)), *_said(event)]
        else:
            pieces = _event_words(event, steps, whom=room >= _ROOM_FOR_WHOM)
        pieces = [(tone, _LONG_ID.sub("…", text)) for tone, text in pieces]
    return pieces


def _event_words(event: Story, steps: tuple[StatusStep, ...], *, whom: bool) -> Pieces:
    pieces: Pieces = []
    if event.who:
        if whom or not _is_sent(event):
            pieces.append((Tone.STRONG, cell_text.clean(event.who)))
        if event.whom and (whom or not pieces):
            pieces += [(Tone.FAINT, " → " if pieces else "→ "), (Tone.MUTED, cell_text.clean(event.whom))]
        pieces.append((Tone.TEXT, "  "))
    tone = Tone.BAD if event.failed else Tone.ACCENT if event.words else Tone.TEXT
    if steps:
        own = [StatusStep(capture_id=0, state=event.state, failed=event.failed)] if event.state else []
        pieces += [] if own else [(tone, cell_text.clean(event.action)), *_said(event), (Tone.TEXT, "  ")]
        return [*pieces, *_chain([*own, *steps]), *(_said(event) if own else [])]
    return [*pieces, (tone, cell_text.clean(event.action)), *_said(event)]


def _is_sent(event: Story) -> bool:
    """Return whether the account itself sent the message: then only the recipient differs from row to row."""
    return bool(event.whom) and (event.is_echo or (bool(event.state) and event.object == WHATSAPP))


def _said(event: Story) -> Pieces:
    return [(Tone.FAINT, ": "), (Tone.TEXT, cell_text.clean(event.words))] if event.words else []


def _chain(steps: list[StatusStep]) -> Iterator[tuple[Tone, str]]:
    """Yield `sent › delivered › read`; a status that an application has not accepted says so."""
    for number, step in enumerate(steps):
        if number:
            yield Tone.FAINT, " › "
        yield (Tone.BAD if step.failed else Tone.OK), cell_text.clean(step.state) or "?"
        outcome = step.outcome
        if outcome and not outcome.held and not outcome.succeeded:
            yield Tone.BAD, f" ✗{outcome.status or 'err'}"


def _batch(events: tuple[Story, ...], matching: int | None = None) -> Pieces:
    """Return how many events a body has, and of which kinds; or how many of them a filter leaves."""
    if matching is not None:
        return [(Tone.MUTED, f"{matching:,} of a batch of {len(events):,}")]
    counts = Counter(event.action for event in events).most_common()
    kinds = ", ".join(f"{count} × {cell_text.clean(action)}" for action, count in counts[:_KINDS_OF_EVENTS])
    more = ", …" if len(counts) > _KINDS_OF_EVENTS else ""
    return [(Tone.STRONG, f"batch of {len(events):,}"), (Tone.MUTED, f"  {kinds}{more}")]


def _without_events(line: CaptureSummary) -> Pieces:
    match line.kind:
        case Kind.HANDSHAKE if line.handshake_accepted:
            return [(Tone.OK, "✓ accepted")]
        case Kind.HANDSHAKE:
            return [(Tone.BAD, "✗ rejected"), (Tone.TEXT, f": {cell_text.clean(line.handshake_reason or 'no reason')}")]
        case Kind.STRAY:
            return [(Tone.MUTED, f"{cell_text.clean(line.method)} {cell_text.clean(masked_target(line.target))}")]
    return [(Tone.WARN, f"! {cell_text.clean(line.problem or 'without events')}")]


def tags(row: Row, line: CaptureSummary) -> list[str]:
    """Return what a row is besides an event of Meta's, in one word each, to be seen at a glance."""
    found = []
    event = row.event
    if event and event.entry_id == _TEST_ENTRY:
        found.append("test")
    if event and event.is_echo:
        found.append("echo")
    if line.source in (Source.TRIGGER, Source.IMPORT) and not row.ref.position:
        found.append(str(line.source))
    if line.replay_of and not row.ref.position:
        found.append("replay")
    return found


def badges(row: Row, line: CaptureSummary, *, brief: bool = False) -> list[str]:
    """Return what relates a row to others, and what the user has put there."""
    if position := row.ref.position:
        original = None if line.duplicate_of else _original(line, position)
        return [*([MARKED] if line.marks(position) else []), *([f"=#{original}"] if original else [])]
    found = []
    if line.marks(0):
        found.append(MARKED)
    elif line.marked and row.folded:
        found.append(f"{MARKED}{len(line.marked_events)}")
    if line.note:
        found.append(NOTED)
    if row.late:
        found.append(f"⇅ {span(row.late)} late")
    if line.duplicate_of:
        found.append(f"=#{line.duplicate_of}" if brief else _again(line, line.duplicate_of))
    elif before := [*filter(None, line.originals)]:
        found.append(f"~#{before[0]}")
    if line.shared_seq:
        found.append(f"@{line.shared_seq}")
    if line.replay_of:
        found.append(f"↻#{line.replay_of}")
    return found


def _again(line: CaptureSummary, original: int) -> str:
    """Return which delivery of an event this is, and how long after the one before."""
    number = line.attempt if line.gap is not None else 2
    ending = "th" if 10 < number % 100 < 14 else _ORDINALS.get(number % 10, "th")
    ending = "+" if number >= MOST_ATTEMPTS else ending
    return f"↺ {number}{ending} of #{original}" + (f" +{span(line.gap)}" if line.gap is not None else "")


def _original(line: CaptureSummary, position: int) -> int | None:
    return line.originals[position - 1] if position <= len(line.originals) else None


def span(length: timedelta) -> str:
    """Return a length of time in at most four cells."""
    seconds = length.total_seconds()
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    for size, unit, most in ((1, "s", 100), (60, "m", 100), (3600, "h", 48), (86400, "d", 1000)):
        if seconds < size * most:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds / (365.25 * 86400):.0f}y"
