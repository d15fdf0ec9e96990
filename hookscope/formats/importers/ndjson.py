"""A capture from an object of the JSON event stream, which is kept as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.formats.event_stream import VERSION
from hookscope.formats.importers import json_fields
from hookscope.meta.notification import MAX_EVENTS
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Originals, Reply, Shared, Source, of_batch
from hookscope.model.unpacked import unpack


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
    if (version := value.get("v", VERSION)) != VERSION:
        raise ValueError(f"it has version {version!r}, but this hookscope supports version {VERSION}")
    return capture_of(value)


def capture_of(value: Mapping[str, Any]) -> Capture:
    """Return the capture, with its id and its links as in the file. Raises ValueError."""
    asked, answered = json_fields.need(value, "request", dict), json_fields.need(value, "reply", dict)
    request = json_fields.request(
        method=json_fields.need(asked, "method", str),
        target=json_fields.need(asked, "target", str),
        headers=json_fields.headers(_pair(line) for line in json_fields.need(asked, "headers", list)),
        body=_body(asked),
        remote=json_fields.maybe(asked, "remote", str) or "",
    )
    reply = Reply(
        status=json_fields.status(answered, "status"),
        body=_body(answered),
        elapsed_ms=json_fields.number(answered, "elapsed_ms"),
    )
    return restored(value, request=request, reply=reply, received_at=json_fields.moment(value, "received_at"))


def restored(value: Mapping[str, Any], **known: Any) -> Capture:
    """Return a capture with the verdicts that hookscope once reached: `value` has the keys of a capture object."""
    kind = _kind(value)
    return Capture(
        id=json_fields.capture_id(value, "id") or 0,
        run_id=None,
        kind=kind,
        source=Source.IMPORT,
        signature=_signature(json_fields.need(value, "signature", dict)),
        handshake=_handshake(json_fields.maybe(value, "handshake", dict)),
        flaw=_flaw(value, kind, known["request"].body),
        duplicate_of=json_fields.capture_id(value, "duplicate_of"),
        originals=_originals(value),
        replay_of=json_fields.capture_id(value, "replay_of"),
        marked=value.get("marked") is True,
        marked_events=_marked_events(value),
        note=json_fields.text(value, "note"),
        shared=_shared(json_fields.maybe(value, "shared", dict)),
        **known,
    )


def _kind(value: Mapping[str, Any]) -> Kind:
    try:
        return Kind(json_fields.need(value, "kind", str))
    except ValueError:
        raise ValueError(f"'kind' is not one of {', '.join(Kind)}") from None


def _signature(value: Mapping[str, Any]) -> Signature:
    try:
        verdict = SignatureVerdict(json_fields.need(value, "verdict", str))
    except ValueError:
        raise ValueError(f"'signature' is not one of {', '.join(SignatureVerdict)}") from None
    return Signature(
        verdict=verdict, algorithm=json_fields.text(value, "algorithm"), reason=json_fields.text(value, "reason")
    )


def _handshake(value: Mapping[str, Any] | None) -> Handshake | None:
    if value is None:
        return None
    verdict = json_fields.need(value, "verdict", str)
    if verdict not in ("accepted", "rejected"):
        raise ValueError("'handshake' is neither accepted nor rejected")
    return Handshake(accepted=verdict == "accepted", reason=json_fields.text(value, "reason"))


def _shared(value: Mapping[str, Any] | None) -> Shared | None:
    if value is None:
        return None
    return Shared(log=json_fields.need(value, "log", str), seq=json_fields.need(value, "seq", int))


def _originals(value: Mapping[str, Any]) -> Originals:
    """Return the captures that had the events of a batch before."""
    events = json_fields.maybe(value, "events", list) or []
    found = tuple(
        json_fields.capture_id(event, "duplicate_of") if isinstance(event, dict) else None for event in events
    )
    return of_batch(found)


def _marked_events(value: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the positions of the events that are marked; none if the capture is not, or is as a whole."""
    positions = json_fields.maybe(value, "marked_events", list) or []
    if not all(type(position) is int and 0 < position <= MAX_EVENTS for position in positions):
        raise ValueError("'marked_events' is not a list of positions of events")
    return tuple(sorted({*positions})) if value.get("marked") is True else ()


def _flaw(value: Mapping[str, Any], kind: Kind, body: bytes) -> str | None:
    """Return the flaw that the body itself does not show; the others are derived whenever they are needed."""
    problem = json_fields.text(value, "problem")
    derived = unpack(body).problem if problem is not None and kind is Kind.NOTIFICATION else None
    return problem if problem != derived else None


def _pair(line: Any) -> tuple[str, str]:
    if not (isinstance(line, list) and len(line) == 2 and all(isinstance(part, str) for part in line)):
        raise ValueError("a header is not a pair of strings")
    return line[0], line[1]


def _body(holder: Mapping[str, Any]) -> bytes:
    if (content := json_fields.maybe(holder, "body", str)) is not None:
        return json_fields.encoded(content, "body")
    content = json_fields.maybe(holder, "body_base64", str)
    return b"" if content is None else json_fields.from_base64(content, "body_base64")
