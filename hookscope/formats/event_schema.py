"""JSON Schemas of the event stream, of a capture in it, and of an exported line.

They allow further keys, since the stream may gain some within a version.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from hookscope.formats.event_stream import VERSION
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Cause, Failure, Kind, Source
from hookscope.model.run_events import Ending, Level

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number", "minimum": 0}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_MOMENT: Schema = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(values: type[StrEnum] | Iterable[str]) -> Schema:
    return {"enum": [str(value) for value in values]}


def _object(properties: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """Return the schema of an object with these keys, all required except the optional ones; others are allowed."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _message(properties: Mapping[str, Schema]) -> Schema:
    """Return the schema of an object with a body: text, or Base64 where that is not UTF-8."""
    return {
        **_object({**properties, "body": _or_null(_TEXT), "body_base64": _or_null(_TEXT)}),
        "oneOf": [{"properties": {name: {"type": "null"}}} for name in ("body", "body_base64")],
    }


_EVENT = _object(
    {
        "object": _TEXT,
        "entry_id": _or_null(_TEXT),
        "time": _or_null(_MOMENT),
        "field": _TEXT,
        "action": _or_null(_TEXT),
        "summary": _TEXT,
        "duplicate_of": _or_null(_COUNT),
    }
)
_CAPTURE = {
    "id": _COUNT,
    "kind": _one_of(Kind),
    "received_at": _MOMENT,
    "request": _message(
        {
            "method": _TEXT,
            "target": _TEXT,
            "headers": {"type": "array", "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}},
            "remote": _TEXT,
        }
    ),
    "reply": _message({"status": _or_null(_COUNT), "elapsed_ms": _or_null(_NUMBER)}),
    "signature": _object(
        {"verdict": _one_of(SignatureVerdict), "algorithm": _or_null(_TEXT), "reason": _or_null(_TEXT)}
    ),
    "handshake": _or_null(_object({"verdict": _one_of(("accepted", "rejected")), "reason": _or_null(_TEXT)})),
    "events": {"type": "array", "items": _EVENT},
    "problem": _or_null(_TEXT),
    "duplicate_of": _or_null(_COUNT),
    "replay_of": _or_null(_COUNT),
    "source": _one_of(Source),
    "marked": _FLAG,
    "marked_events": {"type": "array", "items": _COUNT},
    "note": _or_null(_TEXT),
    "shared": _or_null(_object({"log": _TEXT, "seq": _COUNT})),
}
_SUBSCRIPTION_ENDED = {
    "object": _TEXT,
    "callback_url": _or_null(_TEXT),
    "reason": _TEXT,
    "scope": _or_null(_TEXT),
}
_DISPLACED = _object({"callback_url": _or_null(_TEXT), "fields": _TEXTS, "active": _FLAG})

_TYPES: Mapping[str, Mapping[str, Schema]] = {
    "receiver.listening": {"url": _TEXT},
    "tunnel.up": {"provider": _TEXT, "public_url": _TEXT},
    "tunnel.down": {"provider": _TEXT, "reason": _TEXT},
    "probe": {"ok": _FLAG, "elapsed_ms": _NUMBER, "diagnosis": _or_null(_TEXT), "again": _FLAG},
    "plan": {"summary": _TEXT},
    "subscription.active": {
        "object": _TEXT,
        "fields": _TEXTS,
        "callback_url": _TEXT,
        "displaced": _or_null(_DISPLACED),
        "scope": _or_null(_TEXT),
    },
    **{f"subscription.{ending}": _SUBSCRIPTION_ENDED for ending in Ending},
    "page.installed": {"page": _TEXT, "fields": _TEXTS, "displaced": _or_null(_TEXTS)},
    **{f"page.{ending}": {"page": _TEXT, "reason": _TEXT} for ending in Ending},
    "capture": _CAPTURE,
    "delivery": {
        "capture_id": _COUNT,
        "replay_id": _or_null(_COUNT),
        "cause": _one_of(Cause),
        "method": _TEXT,
        "target": _TEXT,
        "status": _or_null(_COUNT),
        "elapsed_ms": _NUMBER,
        "failure": _or_null(_one_of(Failure)),
        "error": _or_null(_TEXT),
    },
    "notice": {"level": _one_of(Level), "message": _TEXT, "hint": _or_null(_TEXT)},
    "gap": {
        "first_id": _COUNT,
        "last_id": _COUNT,
        "shared": _or_null(_object({"log": _TEXT, "first_seq": _COUNT, "last_seq": _COUNT})),
    },
    "stopped": {"captures": _COUNT, "notifications": _COUNT, "exit_code": _COUNT},
    "summary": {
        "cause": _one_of(Cause),
        **dict.fromkeys(("sent", "2xx", "3xx", "4xx", "5xx", "unanswered", "dropped", "not_sent"), _COUNT),
        "p50_ms": _or_null(_NUMBER),
        "p99_ms": _or_null(_NUMBER),
        "elapsed_ms": _NUMBER,
        "exit_code": _COUNT,
    },
}
"""The keys of each type, besides `v`, `type` and `at`."""


def capture() -> Schema:
    """Return the schema of a capture, as `captures show --json` prints it."""
    return {"$schema": DIALECT, "title": "A capture of hookscope", **_object(_CAPTURE)}


def stream() -> Schema:
    """Return the schema of a line of the JSON stream, which a run, a replay, and a trigger write."""
    kinds = [_line(kind, fields) for kind, fields in _TYPES.items()]
    return {"$schema": DIALECT, "title": "A line of hookscope's event stream", "oneOf": kinds}


def fixture() -> Schema:
    """Return the schema of a line of an NDJSON export, which tests keep as a fixture."""
    return {"$schema": DIALECT, "title": "A capture that hookscope exported", **_line("capture", _CAPTURE)}


def _line(kind: str, fields: Mapping[str, Schema]) -> Schema:
    return _object({"v": {"const": VERSION}, "type": {"const": kind}, "at": _MOMENT, **fields})
