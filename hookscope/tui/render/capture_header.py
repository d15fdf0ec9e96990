"""The kind of a capture and its verdicts, in a few lines above its details."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from hookscope.diagnosis.finding import Finding, State
from hookscope.meta import notification
from hookscope.meta.notification import Event, Notification
from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.summary import summarize
from hookscope.model.record import Capture, Delivery, Kind, Source, is_played
from hookscope.tui import cell_text
from hookscope.tui.render.capture_row import SIGNATURE_MARKS
from hookscope.tui.render.row_words import MARKED, NOTED
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.views.duration import duration
from hookscope.views.verify_token import masked_target

LARGE = 2 << 20
"""Bodies over this are not taken apart for the verdict: it would hold up the screen."""

PART_OF_THE_SHOW = "part of the sandbox's show: every public address gets such requests"
_EVENTS = 3
_SHORTEST_TARGET = 6
_DOT = " · "
_SHORT = 28


def capture_header(
    capture: Capture,
    now: datetime,
    width: int,
    finding: Finding | None = None,
    *,
    deliveries: Sequence[Delivery] = (),
    position: int = 0,
) -> Pieces:
    """Return the lines, ended by line breaks except for the last.

    `finding` explains the signature. `deliveries` say what the applications answered. `position` is that of the event
    that is told below: the others of its batch are left out.
    """
    found = _parsed(capture)
    events, problem = found.events, capture.flaw or found.problem
    is_show = is_played(capture.source, capture.kind, capture.signature.verdict)
    reason = None if is_show else _reason(capture, finding)
    verdicts = _marks(capture, reason, deliveries, _origins(capture, events), width)
    lines = [_title(capture, events, width), _origin(capture, now, width), *verdicts]
    if is_show:
        lines.append([(Tone.BADGE, "▸ "), (Tone.TEXT, PART_OF_THE_SHOW)])
    elif finding:
        lines += _explanation(finding)
    if problem:
        lines.append([(Tone.WARN, "! "), (Tone.TEXT, cell_text.clean(problem))])
    marks = [ref for ref in capture.marks if capture.position in (0, ref.position)]
    if marks or capture.note:
        names = [f"#{ref}" for ref in marks if ref.position and not capture.position]
        wording = cell_text.clean(capture.note or " ".join(["marked", *names]))
        lines.append([(Tone.BADGE, f"{MARKED if marks else NOTED} "), (Tone.TEXT, wording)])
    lines += (
        [] if position else _further(capture, events, width)
    )  # Last: on a low screen there is no room for all lines.
    pieces: Pieces = []
    for line in lines:
        pieces += [(Tone.TEXT, "\n"), *line] if pieces else line
    return pieces


def _parsed(capture: Capture) -> Notification:
    """Return the events, not yet summarized: of a batch only a few are shown."""
    is_read = capture.kind is Kind.NOTIFICATION and len(capture.request.body) <= LARGE
    return notification.parse(capture.request.body) if is_read else Notification()


def size(count: int) -> str:
    """Return a readable number of bytes."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"


def _title(capture: Capture, events: tuple[Event, ...], width: int) -> Pieces:
    number = (Tone.MUTED, f"#{capture.id}  ")
    match capture.kind:
        case Kind.HANDSHAKE:
            return [number, (Tone.STRONG, "handshake"), (Tone.TEXT, ": Meta checks that the callback is yours")]
        case Kind.STRAY:
            wording = f"{capture.request.method} {cell_text.cut(masked_target(capture.request.target), 200)}"
            return [
                number,
                (Tone.STRONG, "stray"),
                (Tone.TEXT, f": {cell_text.clean(wording)}; not from Meta, never forwarded"),
            ]
    if not events:
        return [number, (Tone.STRONG, "notification")]
    if len(events) > 1:
        return [number, (Tone.STRONG, f"batch of {len(events):,} events")]
    return _in_two_lines([number, *_event(events[0])], width)


def _in_two_lines(pieces: Pieces, width: int) -> Pieces:
    """Return pieces with the last one cut, so that what was said leaves room for the verdicts."""
    *leading, (tone, wording) = pieces
    first, *others = cell_text.fold(wording, width - extent(leading), width)
    return [*leading, (tone, "\n".join([first, *([cell_text.cut("".join(others), width)] if others else [])]))]


def _further(capture: Capture, events: tuple[Event, ...], width: int) -> list[Pieces]:
    if len(events) < 2:
        return []
    lines = [_further_event(capture, position, event, width) for position, event in _shown(events)]
    if len(events) > _EVENTS:
        lines.append([(Tone.MUTED, f"  • and {len(events) - _EVENTS:,} more")])
    return lines


def _further_event(capture: Capture, position: int, event: Event, width: int) -> Pieces:
    """Return an event on one line."""
    seen = _seen(capture, position)
    *leading, (tone, wording) = [(Tone.MUTED, "  • "), *_event(event)]
    return [*leading, (tone, cell_text.cut(wording, width - extent(leading) - extent(seen))), *seen]


def _shown(events: tuple[Event, ...]) -> list[tuple[int, Event]]:
    """Return the first few with their positions, failed ones before the others."""
    return sorted(enumerate(events), key=lambda found: not found[1].is_failure)[:_EVENTS]


def _seen(capture: Capture, position: int) -> Pieces:
    """Return the mark of an event that came before, in a batch with others that did not."""
    original = None if capture.duplicate_of else capture.original_of(position)
    return [(Tone.BADGE, f"  =#{original}")] if original else []


def _event(event: Event) -> Pieces:
    line = summarize(event)
    name, wording = cell_text.clean(f"{line.object}.{line.field}"), cell_text.clean(line.summary)
    return [(Tone.STRONG, name), (Tone.TEXT, f"  {wording}")]


def _origin(capture: Capture, now: datetime, width: int) -> Pieces:
    local = capture.received_at.astimezone(now.tzinfo)
    when = f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
    if local.date() != now.date():
        when = f"{local:%Y-%m-%d} {when}"
    request = capture.request
    method, target = cell_text.clean(request.method), cell_text.clean(masked_target(request.target)[:200])
    parts = [when, method, size(len(request.body))]
    if request.remote:
        parts.append(f"from {cell_text.clean(request.remote)}")
    if capture.source not in (Source.LIVE, Source.SANDBOX):
        parts.append(f"{capture.source} @{capture.shared.seq}" if capture.shared else str(capture.source))
    if (room := width - sum(cell_text.width(part) + len(_DOT) for part in parts)) >= _SHORTEST_TARGET:
        parts[1] = f"{method} {cell_text.cut(target, room)}"
    return [(Tone.MUTED, _DOT.join(parts))]


def _reason(capture: Capture, finding: Finding | None) -> str | None:
    """Return the reason of the verdict on the signature or the handshake, if there is one to tell."""
    if capture.handshake:
        return capture.handshake.reason
    if capture.kind is not Kind.NOTIFICATION:
        return None
    return finding.what if finding and finding.state is not State.UNKNOWN else capture.signature.reason


def _judgement(capture: Capture, reason: str | None, *, brief: bool) -> Pieces:
    """Return the verdict on the signature or the handshake, with its reason; nothing for a stray."""
    if capture.handshake:
        accepted = capture.handshake.accepted
        mark, tone = ("✓", Tone.OK) if accepted else ("✗", Tone.BAD)
        wording = f"handshake {'accepted' if accepted else 'rejected'}"
    elif capture.kind is Kind.NOTIFICATION:
        verdict = capture.signature.verdict
        mark, tone = SIGNATURE_MARKS[verdict]
        wording = f"signature {verdict}"
        if capture.signature.algorithm and verdict is SignatureVerdict.VALID and not brief:
            wording += f" ({capture.signature.algorithm})"
    else:
        return []
    pieces: Pieces = [(tone, f"{mark} {wording}" if tone is Tone.BAD else f"{mark} ")]
    if tone is not Tone.BAD:
        pieces.append((Tone.TEXT, wording))
    return [*pieces, (Tone.TEXT, f": {cell_text.clean(reason)}")] if reason else pieces


def _explanation(finding: Finding) -> list[Pieces]:
    """Return the lines of a finding below the verdict: the next step, and why."""
    parts = ((Tone.ACCENT, "  → ", finding.next_step), (Tone.MUTED, "  ", finding.why))
    return [[(tone, lead), (Tone.TEXT, cell_text.clean(text))] for tone, lead, text in parts if text]


def _marks(
    capture: Capture, reason: str | None, deliveries: Sequence[Delivery], origins: Pieces, width: int
) -> list[Pieces]:
    """Return all verdicts: on one line if they are short, and fit, with less about each if need be."""
    forms = [
        (
            _judgement(capture, reason, brief=brief),
            [*_answer(capture, brief=brief), *_apps(capture, deliveries, brief=brief), *origins],
        )
        for brief in (False, True)
    ]
    for judgement, answers in forms:
        if not judgement:
            return [answers]
        together: Pieces = [*judgement, (Tone.TEXT, "   "), *answers]
        if extent(judgement) <= _SHORT and extent(together) <= width:
            return [together]
    return [*forms[0]]


def _origins(capture: Capture, events: tuple[Event, ...]) -> Pieces:
    """Return what sets the capture apart from an event that has just happened."""
    pieces: Pieces = []
    if capture.duplicate_of:
        pieces.append((Tone.BADGE, f"   = duplicate of #{capture.duplicate_of}"))
    if capture.replay_of:
        pieces.append((Tone.BADGE, f"   ↻ replay of #{capture.replay_of}"))
    if any(event.is_test for event in events):
        pieces.append((Tone.BADGE, "   dashboard test"))
    return pieces


def _apps(capture: Capture, deliveries: Sequence[Delivery], *, brief: bool) -> Pieces:
    """Return the last answer of each application, by address if there are several."""
    last = {one.target: one for one in deliveries}
    pieces: Pieces = []
    for target, delivery in () if is_sent_here(capture) else last.items():
        name = ("app" if brief else "your app") if len(last) == 1 else cell_text.clean(urlsplit(target).netloc)
        mark, tone = ("✓", Tone.OK) if delivery.succeeded else ("✗", Tone.BAD)
        took = "" if delivery.status is None else f" {delivery.status} in {duration(delivery.elapsed_ms)}"
        error = f": {cell_text.clean(delivery.error)}" if delivery.error else "" if took else ": no answer"
        pieces += [(tone, f"   {mark} "), (Tone.TEXT, f"{name}{took}{error}")]
    return pieces


def is_sent_here(capture: Capture) -> bool:
    """Return whether the capture did not come through the receiver: its answer is the application's."""
    return capture.source is Source.REPLAY or (capture.source is Source.TRIGGER and capture.run_id is None)


def _answer(capture: Capture, *, brief: bool) -> Pieces:
    status = capture.reply.status
    if status is None:
        return [(Tone.MUTED, "· not answered here")]
    mark, tone = ("✓", Tone.OK) if status == 200 else ("✗", Tone.BAD)
    took = "" if brief or capture.reply.elapsed_ms is None else f" in {duration(capture.reply.elapsed_ms)}"
    return [(tone, f"{mark} "), (Tone.TEXT, f"answered {status}{took}")]
