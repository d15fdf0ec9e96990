"""A capture from an object of the JSON event stream, which is kept as it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from hookscope.formats.event_stream import VERSION
from hookscope.formats.importers import json_fields
from hookscope.meta.notification import MAX_EVENTS
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Originals, Reply, Request, Shared, Source, of_batch
from hookscope.model.unpacked import unpack


class _Request(Struct, gc=False):
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str | None = None
    body_base64: str | None = None
    remote: str | None = None


class _Reply(Struct, gc=False):
    status: int | None = None
    body: str | None = None
    body_base64: str | None = None
    elapsed_ms: float | None = None


class _Verdict(Struct, gc=False):
    verdict: str
    algorithm: str | None = None
    reason: str | None = None


class _Event(Struct, gc=False):
    duplicate_of: int | None = None


class _Shared(Struct, gc=False):
    log: str
    seq: int


class Verdicts(Struct, gc=False, kw_only=True):
    """What an object of a capture says besides request, reply and time; the keys are those of the stream."""

    kind: str
    signature: _Verdict
    id: int | None = None
    handshake: _Verdict | None = None
    problem: str | None = None
    duplicate_of: int | None = None
    events: list[_Event] | None = None
    replay_of: int | None = None
    marked: Any = False
    marked_events: Any = None
    note: str | None = None
    shared: _Shared | None = None


class _Line(Verdicts, gc=False, kw_only=True):
    received_at: str
    request: _Request
    reply: _Reply
    v: Any = VERSION


_decode_line = msgspec.json.Decoder(_Line).decode
_KINDS = {kind.value: kind for kind in Kind}


def is_line(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is one of the event stream, a capture or anything else."""
    request = value.get("request")
    is_capture = isinstance(request, dict) and "kind" in value and "raw" not in request
    return is_capture or ("v" in value and value.get("type") not in (None, "capture"))


def read_line(value: Mapping[str, Any], _secrets: Sequence[str]) -> Capture | None:
    """Return the capture of an object of the event stream, which has its verdicts; None for any other object.

    Raises ValueError.
    """
    if not isinstance(value.get("request"), dict) or "kind" not in value:
        return None
    return capture_of(value)


def capture_of(value: Mapping[str, Any]) -> Capture:
    """Return the capture, with its id and its links as in the file. Raises ValueError."""
    return _capture(json_fields.typed(value, _Line))


def decode_capture(line: bytes) -> Capture:
    """Return what `capture_of` does, for the object in a line. Raises ValueError also for any other line."""
    try:
        return _capture(_decode_line(line))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def restored(value: Verdicts, *, request: Request, reply: Reply, received_at: datetime) -> Capture:
    """Return a capture with the verdicts that hookscope once reached."""
    kind = _KINDS.get(value.kind)
    if kind is None:
        raise ValueError(f"'kind' is not one of {', '.join(Kind)}")
    return Capture(
        id=json_fields.capture_id(value.id, "id") or 0,
        run_id=None,
        kind=kind,
        source=Source.IMPORT,
        received_at=received_at,
        request=request,
        reply=reply,
        signature=_signature(value.signature.verdict, value.signature.algorithm, value.signature.reason),
        handshake=_handshake(value.handshake) if value.handshake else None,
        flaw=value.problem and _flaw(value.problem, kind, request.body),
        duplicate_of=json_fields.capture_id(value.duplicate_of, "duplicate_of"),
        originals=_originals(value.events) if value.events else (),
        replay_of=json_fields.capture_id(value.replay_of, "replay_of"),
        marked=value.marked is True,
        marked_events=_marked_events(value) if value.marked_events else (),
        note=value.note and json_fields.storable(value.note, "note"),
        shared=Shared(log=value.shared.log, seq=value.shared.seq) if value.shared else None,
    )


def _capture(line: _Line) -> Capture:
    if line.v != VERSION:
        raise ValueError(f"it has version {line.v!r}, but this hookscope supports version {VERSION}")
    asked, answered = line.request, line.reply
    request = json_fields.request(
        method=asked.method,
        target=asked.target,
        headers=json_fields.headers(asked.headers),
        body=_body(asked),
        remote=asked.remote or "",
    )
    reply = Reply(
        status=json_fields.status(answered.status, "status"),
        body=_body(answered),
        elapsed_ms=json_fields.number(answered.elapsed_ms, "elapsed_ms"),
    )
    return restored(line, request=request, reply=reply, received_at=json_fields.moment(line.received_at, "received_at"))


@lru_cache(maxsize=64)
def _signature(verdict: str, algorithm: str | None, reason: str | None) -> Signature:
    """Return the signature; almost all captures share one."""
    try:
        known = SignatureVerdict(verdict)
    except ValueError:
        raise ValueError(f"'signature' is not one of {', '.join(SignatureVerdict)}") from None
    for name, text in (("algorithm", algorithm), ("reason", reason)):
        json_fields.storable(text or "", name)
    return Signature(verdict=known, algorithm=algorithm, reason=reason)


def _handshake(value: _Verdict) -> Handshake:
    if value.verdict not in ("accepted", "rejected"):
        raise ValueError("'handshake' is neither accepted nor rejected")
    reason = value.reason and json_fields.storable(value.reason, "reason")
    return Handshake(accepted=value.verdict == "accepted", reason=reason)


def _originals(events: Sequence[_Event]) -> Originals:
    """Return the captures that had the events of a batch before."""
    return of_batch(tuple([json_fields.capture_id(event.duplicate_of, "duplicate_of") for event in events]))


def _marked_events(value: Verdicts) -> tuple[int, ...]:
    """Return the positions of the events that are marked; none if the capture is not, or is as a whole."""
    positions = value.marked_events
    if not isinstance(positions, list) or not all(type(one) is int and 0 < one <= MAX_EVENTS for one in positions):
        raise ValueError("'marked_events' is not a list of positions of events")
    return tuple(sorted({*positions})) if value.marked is True else ()


def _flaw(problem: str, kind: Kind, body: bytes) -> str | None:
    """Return the flaw that the body itself does not show; the others are derived whenever they are needed."""
    json_fields.storable(problem, "problem")
    return problem if kind is not Kind.NOTIFICATION or problem != unpack(body).problem else None


def _body(holder: _Request | _Reply) -> bytes:
    if holder.body is not None:
        return json_fields.encoded(holder.body, "body")
    return b"" if holder.body_base64 is None else json_fields.from_base64(holder.body_base64, "body_base64")
