"""The JSON event stream: items and captures as the objects that other programs read.

The shapes are part of the public interface: a key may be added, none is renamed or removed while `v` is 1.
"""

import base64
import codecs
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from hookscope.meta.summaries.summary import EventLine
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery
from hookscope.model.run_events import (
    Captured,
    Delivered,
    EntriesGone,
    Gap,
    LogSeen,
    Notice,
    PageEnded,
    PageInstalled,
    PhaseChanged,
    Planned,
    Probed,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
    TargetSeen,
    TunnelDown,
    TunnelUp,
)

VERSION = 1

_encode = msgspec.json.Encoder().encode
_ESCAPES = "hookscope.json"


def line(value: Mapping[str, Any]) -> str:
    """Return one object as one line of ASCII: nothing in it can steer a terminal."""
    return encoded_line(value).decode("ascii")


def encoded_line(value: Mapping[str, Any]) -> bytes:
    """Return what `line` does, as bytes: what `json.dumps` makes of it, in a third of the time."""
    try:
        text = msgspec.json.format(_encode(value), indent=0)
    except UnicodeEncodeError:  # Half a character, which no encoding has.
        text = json.dumps(value).encode("ascii")
    if not text.isascii():
        text = text.decode("utf-8").encode("ascii", _ESCAPES)
    return text.replace(b"\x7f", b"\\u007f")


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Replace what ASCII lacks, which only stands within strings, by JSON's escapes."""
    assert isinstance(error, UnicodeEncodeError)
    return _escaped(error.object[error.start : error.end]), error.end


codecs.register_error(_ESCAPES, _escape)


def event_to_json(item: RunEvent) -> dict[str, Any] | None:
    """Return an item as an object of the stream, or None for items that only views use."""
    described = _describe(item)
    if described is None:
        return None
    kind, fields = described
    return {"v": VERSION, "type": kind, "at": timestamp(item.at), **fields}


def capture_json(capture: Capture) -> dict[str, Any]:
    """Return a capture as the stream shows it. Decoding `body` or `body_base64` gives the exact bytes."""
    request, reply, signature, handshake = capture.request, capture.reply, capture.signature, capture.handshake
    return {
        "id": capture.id,
        "kind": capture.kind,
        "received_at": timestamp(capture.received_at),
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
            **_body(request.body),
            "remote": request.remote,
        },
        "reply": {"status": reply.status, **_body(reply.body), "elapsed_ms": reply.elapsed_ms},
        "signature": {
            "verdict": signature.verdict,
            "algorithm": signature.algorithm,
            "reason": signature.reason,
        },
        "handshake": handshake
        and {"verdict": "accepted" if handshake.accepted else "rejected", "reason": handshake.reason},
        "events": [_event_json(event, capture.original_of(n)) for n, event in enumerate(capture.events)],
        "problem": capture.problem,
        "duplicate_of": capture.duplicate_of,
        "replay_of": capture.replay_of,
        "source": capture.source,
        "marked": capture.marked,
        "marked_events": list(capture.marked_events),
        "note": capture.note,
        "shared": capture.shared and {"log": capture.shared.log, "seq": capture.shared.seq},
    }


def listed_capture(capture: Capture) -> dict[str, Any]:
    """Return a capture as listings print it: `at` is when it came."""
    return {"v": VERSION, "type": "capture", "at": timestamp(capture.received_at), **capture_json(capture)}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as the stream shows it."""
    return {
        "capture_id": delivery.capture_id,
        "replay_id": delivery.replay_id,
        "cause": delivery.cause,
        "method": delivery.method,
        "target": delivery.target,
        "status": delivery.status,
        "elapsed_ms": delivery.elapsed_ms,
        "failure": delivery.failure,
        "error": delivery.error,
    }


def fetched_json(node: FetchedNode) -> dict[str, Any]:
    """Return an object of the Graph API that was fetched for a capture."""
    return {
        "capture_id": node.capture_id,
        "kind": node.kind,
        "node": node.node,
        "fetched_at": timestamp(node.fetched_at),
        "answer": node.answer,
    }


@lru_cache(maxsize=16)  # That of a capture is wanted twice, and those in a burst repeat.
def timestamp(when: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds: `2026-11-20T19:33:29.120Z`."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(item: RunEvent) -> tuple[str, dict[str, Any]] | None:
    match item:
        case Captured():
            return "capture", capture_json(item.capture)
        case Delivered():
            return "delivery", delivery_json(item.delivery)
        case ReceiverListening():
            return "receiver.listening", {"url": item.url}
        case TunnelUp():
            return "tunnel.up", {"provider": item.provider, "public_url": item.public_url}
        case TunnelDown():
            return "tunnel.down", {"provider": item.provider, "reason": item.reason}
        case Probed():
            found = {"ok": item.ok, "elapsed_ms": round(item.elapsed_ms, 3), "diagnosis": item.diagnosis}
            return "probe", {**found, "again": item.again}
        case Planned():
            return "plan", {**item.change, "summary": item.line}
        case SubscriptionActive():
            return "subscription.active", {
                "object": item.object,
                "fields": list(item.fields),
                "callback_url": item.callback_url,
                "displaced": item.displaced and item.displaced.to_json(),
                "scope": item.scope,
            }
        case SubscriptionEnded():
            return f"subscription.{item.ending}", {
                "object": item.object,
                "callback_url": item.callback_url,
                "reason": item.reason,
                "scope": item.scope,
            }
        case PageInstalled():
            displaced = None if item.displaced is None else list(item.displaced)
            return "page.installed", {"page": item.page, "fields": list(item.fields), "displaced": displaced}
        case PageEnded():
            return f"page.{item.ending}", {"page": item.page, "reason": item.reason}
        case Notice():
            return "notice", {"level": item.level, "message": item.message, "hint": item.hint}
        case Gap():
            return "gap", {"first_id": item.first_id, "last_id": item.last_id, "shared": None}
        case EntriesGone():
            gone = {"log": item.log, "first_seq": item.first, "last_seq": item.last}
            return "gap", {"first_id": 1, "last_id": 0, "shared": gone}  # No ids: they are in no journal.
        case Stopped():
            return "stopped", {
                "captures": item.captures,
                "notifications": item.notifications,
                "exit_code": item.exit_code,
            }
        case PhaseChanged() | SubscriptionSeen() | TargetSeen() | LogSeen():
            return None
        case _:
            raise TypeError(f"no JSON form for {type(item).__name__}")


def _event_json(event: EventLine, duplicate_of: int | None) -> dict[str, Any]:
    return {
        "object": event.object,
        "entry_id": event.entry_id,
        "time": event.time and _short_timestamp(event.time),
        "field": event.field,
        "action": event.action,
        "summary": event.summary,
        "duplicate_of": duplicate_of,
    }


def _short_timestamp(when: datetime) -> str:
    return timestamp(when) if when.microsecond else timestamp(when).replace(".000Z", "Z")


def _body(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode("utf-8"), "body_base64": None}
    except UnicodeDecodeError:
        return {"body": None, "body_base64": base64.b64encode(body).decode("ascii")}
