"""Captures and deliveries as the results of tools: bounded."""

from collections.abc import Sequence

from hookscope.diagnosis.finding import Finding
from hookscope.formats.event_stream import timestamp
from hookscope.mcp.results import (
    CaptureDetail,
    ExplainedFinding,
    FetchedAnswer,
    Header,
    ListedCapture,
    SentDelivery,
    UntrustedRequest,
)
from hookscope.mcp.untrusted import beginning, bounded
from hookscope.meta import wire
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery
from hookscope.services.captures import CaptureDetails

MOST_BODY = 16_000
"""Limits in characters."""

_MOST_ANSWER = 2_000
_MOST_LINE = 300
_MOST_VALUE = 500
_MOST_HEADERS = 60
_MOST_EVENTS = 5


def event_lines(capture: Capture) -> list[str]:
    """Return a line for each of the first events of a capture, of any length."""
    return [f"{event.object}.{event.field}: {event.summary}" for event in capture.events[:_MOST_EVENTS]]


def listed(capture: Capture, events: Sequence[str]) -> ListedCapture:
    """Return a capture in the form of lists, with the lines of its events."""
    handshake = capture.handshake
    return ListedCapture(
        id=capture.id,
        shared=f"@{capture.shared.seq}" if capture.shared else None,
        kind=capture.kind,
        received_at=timestamp(capture.received_at),
        source=capture.source,
        answered=capture.reply.status,
        signature=capture.signature.verdict,
        handshake=("accepted" if handshake.accepted else "rejected") if handshake else None,
        duplicate_of=capture.duplicate_of,
        replay_of=capture.replay_of,
        marked=capture.marked,
        note=capture.note and bounded(capture.note, _MOST_LINE),
        event_count=len(capture.events),
        untrusted_events=[bounded(line, _MOST_LINE) for line in events],
    )


def detailed(capture: Capture, details: CaptureDetails, fetched: Sequence[FetchedNode]) -> CaptureDetail:
    """Return all details of a redacted capture."""
    return CaptureDetail(
        summary=listed(capture, event_lines(capture)),
        untrusted_request=_request(capture),
        deliveries=[delivered(one) for one in details.deliveries],
        not_sent=details.explain_not_sent(),
        fetched=[
            FetchedAnswer(
                kind=node.kind,
                fetched_at=timestamp(node.fetched_at),
                untrusted_answer=beginning(wire.encode(node.answer).decode(), MOST_BODY),
            )
            for node in fetched
        ],
    )


def delivered(delivery: Delivery) -> SentDelivery:
    """Return a delivery with the beginning of the app's answer."""
    return SentDelivery(
        capture_id=delivery.capture_id,
        replay_id=delivery.replay_id,
        cause=delivery.cause,
        target=delivery.target,
        status=delivery.status,
        elapsed_ms=round(delivery.elapsed_ms, 3),
        error=delivery.error and bounded(delivery.error, _MOST_LINE),
        untrusted_answer=beginning(body_text(delivery.answer), _MOST_ANSWER),
    )


def explained(finding: Finding) -> ExplainedFinding:
    """Return a finding with bounded texts."""
    return ExplainedFinding(
        id=finding.id,
        state=finding.state,
        what=bounded(finding.what, _MOST_VALUE),
        why=finding.why and bounded(finding.why, _MOST_VALUE),
        next_step=finding.next_step and bounded(finding.next_step, _MOST_VALUE),
    )


def body_text(body: bytes) -> str:
    """Return a body as text; bytes that are not UTF-8 are shown as `\\xff`."""
    return body.decode("utf-8", "backslashreplace")


def _request(capture: Capture) -> UntrustedRequest:
    request = capture.request
    body = body_text(request.body)
    return UntrustedRequest(
        method=bounded(request.method, _MOST_LINE),
        target=bounded(request.target, _MOST_VALUE),
        remote=request.remote,
        headers=[_header(*header) for header in request.headers[:_MOST_HEADERS]],
        body=bounded(body, MOST_BODY),
        body_bytes=len(request.body),
        is_cut=len(body) > MOST_BODY,
        problem=capture.problem and bounded(capture.problem, _MOST_VALUE),
    )


def _header(name: bytes, value: bytes) -> Header:
    return Header(name=bounded(name.decode("latin-1"), _MOST_LINE), value=bounded(value.decode("latin-1"), _MOST_VALUE))
