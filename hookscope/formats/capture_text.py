"""A capture as text, for a terminal without the TUI: one line in a list, or all its details."""

import json
from collections.abc import Sequence
from datetime import datetime

from hookscope.formats.plain_text import duplicate_note, heading
from hookscope.meta import wire
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery, Kind
from hookscope.model.timestamps import local_time
from hookscope.views.sanitize import sanitize

_KEPT_OF_ANSWER = 300


def list_line(capture: Capture) -> str:
    """Return `#12  2026-11-20 19:33:29  200  sig ok  page.feed  comment add by Tester: and the next one`."""
    when = local_time(capture.received_at)
    status = "–" if capture.reply.status is None else str(capture.reply.status)
    marks = [
        f"@{capture.shared.seq}" if capture.shared else "",
        duplicate_note(capture),
        f"replay of #{capture.replay_of}" if capture.replay_of else "",
        _mark(capture),
        f"note: {capture.note}" if capture.note else "",
    ]
    shown = f"#{capture.id:<5} {when}  {status:>3}  {_signature_mark(capture):<11} {_summary(capture)}"
    return sanitize("  ".join([shown, *filter(None, marks)]))


def _mark(capture: Capture) -> str:
    """Return `marked`, or the marked events, or nothing."""
    return " ".join(["marked", *(f"#{ref}" for ref in capture.marks if ref.position)]) if capture.marked else ""


def detail_lines(
    capture: Capture, deliveries: list[Delivery], unsent: str | None = None, signature_notes: Sequence[str] = ()
) -> list[str]:
    """Return all details of a capture: its kind, its verdicts, its headers, its body, its deliveries.

    `unsent` is the explanation for one without deliveries; `signature_notes` are lines about the signature.
    """
    request, signature, handshake = capture.request, capture.signature, capture.handshake
    lines = [
        f"#{capture.ref}  {_summary(capture)}",
        f"received   {_exact(capture.received_at)}  from {request.remote or '–'}",
        f"answered   {'–' if capture.reply.status is None else capture.reply.status}",
    ]
    if capture.kind is Kind.NOTIFICATION:
        lines.append(f"signature  {signature.verdict}{_because(signature.reason)}")
        lines += [f"           {note}" for note in signature_notes]
    if handshake:
        lines.append(f"handshake  {'accepted' if handshake.accepted else 'rejected'}{_because(handshake.reason)}")
    if capture.problem:
        lines.append(f"problem    {capture.problem}")
    if repeated := duplicate_note(capture):
        lines.append(f"duplicate  {repeated.removeprefix('duplicate ')}")
    if capture.replay_of:
        lines.append(f"replay     of #{capture.replay_of}")
    if capture.shared:
        lines.append(f"shared     @{capture.shared.seq} of the log {capture.shared.log}")
    if mark := _mark(capture):
        lines.append(mark)
    if capture.note:
        lines.append(f"note       {capture.note}")
    lines += [f"delivered  {_delivery(delivery)}" for delivery in deliveries]
    if unsent:
        lines.append(f"delivered  {unsent}")
    lines += ["", f"{request.method} {request.target}"]
    lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in request.headers]
    if request.body:
        lines += ["", *_body_lines(request.body)]
    return [sanitize(line) for line in lines]


def fetched_lines(node: FetchedNode) -> list[str]:
    """Return the text for an object of the Graph API: its kind and id, then the answer."""
    answer = json.dumps(node.answer, indent=2, ensure_ascii=False).splitlines()
    return [
        sanitize(line) for line in (f"fetched    {node.kind} {node.node}  at {local_time(node.fetched_at)}", *answer)
    ]


def _exact(when: datetime) -> str:
    return f"{local_time(when)}.{when.microsecond // 1000:03}"


def _summary(capture: Capture) -> str:
    event = capture.lead
    if event is None:
        return heading(capture)
    more = f"  (+{len(capture.events) - 1})" if len(capture.events) > 1 else ""
    return f"{event.object}.{event.field}  {event.summary}{more}"


def _signature_mark(capture: Capture) -> str:
    if capture.kind is not Kind.NOTIFICATION:
        return ""
    verdict = capture.signature.verdict
    return "sig ok" if verdict is SignatureVerdict.VALID else f"sig {verdict}"


def _delivery(delivery: Delivery) -> str:
    outcome = ": ".join(str(part) for part in (delivery.status, delivery.error) if part is not None)
    answer = " ".join(delivery.answer[:_KEPT_OF_ANSWER].decode("utf-8", "replace").split())
    return f"{delivery.cause} to {delivery.target}: {outcome} ({delivery.elapsed_ms:.0f} ms)  {answer}".rstrip()


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _body_lines(body: bytes) -> list[str]:
    try:
        return json.dumps(wire.decode(body), indent=2, ensure_ascii=False).splitlines()
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace").splitlines()
