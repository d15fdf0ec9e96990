"""Differences of a notification from the known ones: unknown, missing, and outdated keys, and types never seen before.

Meta adds names without asking, so nothing of this is a fault: each finding is a warning about something to look at.
Source of what is known: the catalog of samples. The deprecations name theirs.
"""

import re
from collections.abc import Iterator, Sequence

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.payload_shapes import (
    TYPE_KEYS,
    Path,
    PayloadShape,
    kind,
    known_fields,
    known_keys,
    shape_of,
    walk,
)
from hookscope.meta import notification, wire
from hookscope.meta.catalog import DEFAULT_VERSION, OBJECTS, nearest
from hookscope.meta.notification import EntryForm, Event
from hookscope.meta.signature import header_values

_MOST = 20
"""Findings of one body; a body that is unlike everything has no use for more."""

_DEEPEST = 12
_VERSION_HEADER = "Facebook-API-Version"
"""Tells the version that the field is subscribed at; source: "Webhook Versioning" (Messenger; read 2026-11-29)."""

_DEPRECATED = {
    (
        "pricing_model",
        "CBP",
    ): "conversation-based pricing ended on July 1, 2025; messages are priced individually (PMP)",
}
"""By key and value. Source: Gupshup's partner documents, "PMP Events" (read 2026-11-29)."""

_FORMS = frozenset(EntryForm)
_BODY_KEYS = frozenset(("object", "entry"))
_CHANGE_KEYS = frozenset(("field", "value", "verb"))
_REPLY_KEYS = frozenset(("sender", "recipient", "timestamp", "call_permission_reply"))
_ENTRY_KEYS = frozenset(("id", "uid", "time", "hop_context", *_FORMS)) | _CHANGE_KEYS | _REPLY_KEYS
"""Instagram's examples have field and value in the entry itself; `hop_context` is of an app that had the thread before;
Messenger's reply to a request for a call is an entry itself.

Sources: "Webhooks: Get started", Messenger's group_feed (Mar 18, 2026) and business-initiated call
flow (Apr 2, 2026), and captures.
"""

_NEXT = "have your app tolerate it; if Meta sent it, hookscope's samples lack it"


def lint(body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> list[Finding]:
    """Return a warning for each thing in a notification that is not known; none for a body that is no notification.

    `headers` are the raw ones, which may tell the version of the subscribed field.
    """
    found: dict[tuple[str, str], Finding] = {}
    for finding in _all(body, headers):
        found.setdefault((finding.id, finding.what), finding)
        if len(found) >= _MOST:
            break
    return list(found.values())


def _all(body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Iterator[Finding]:
    yield from _lint_version(headers)
    yield from _lint_envelope(body)
    for event in notification.parse(body).events:
        yield from _lint_event(event)


def _lint_version(headers: Sequence[tuple[bytes, bytes]]) -> Iterator[Finding]:
    message = header_values(headers, _VERSION_HEADER)
    version = _number(message[0].decode("latin-1")) if message else None
    newest = _number(DEFAULT_VERSION)
    if version and newest and version < newest:
        yield _finding(
            "version-lag",
            f"the field is subscribed at v{version[0]}.{version[1]}, but hookscope knows {DEFAULT_VERSION}",
            "each field of the app keeps the version it was subscribed at; Meta replaces a retired one without asking",
            "read Meta's changelog, then choose the version of the field in the App Dashboard",
        )


def _lint_envelope(body: bytes) -> Iterator[Finding]:
    try:
        value = wire.decode(body)
    except ValueError:
        return
    if not notification.is_notification(value) or "entry" not in value:
        return
    entries = [entry for entry in value["entry"] if isinstance(entry, dict)]
    changes = [one for entry in entries for one in _items(entry.get(EntryForm.CHANGES)) if isinstance(one, dict)]
    for where, objects, known in (
        ("the notification", [value], _BODY_KEYS),
        ("an entry", entries, _ENTRY_KEYS),
        ("a change", changes, _CHANGE_KEYS),
    ):
        for key in dict.fromkeys(key for one in objects for key in one if key not in known):
            yield _finding("unknown-key", f"{where} has the key {key[:60]!r}, which is not known", None, _NEXT)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _lint_event(event: Event) -> Iterator[Finding]:
    if event.object not in OBJECTS:
        yield _unknown("object", event.object, OBJECTS, "")
        return
    fields = known_fields(event.object)
    if fields and event.field not in fields and event.field not in _FORMS:
        yield _unknown("field", event.field, fields, f" of {event.object}")
        return
    shape = shape_of(event.object, event.field)
    if shape is not None and event.value is not None and not event.is_test:
        yield from _lint_value(event, shape)


def _lint_value(event: Event, shape: PayloadShape) -> Iterator[Finding]:
    where = f"{event.object}.{event.field}"
    known = known_keys(event.object)
    strange: list[Path] = []
    for path, value in walk(event.value):
        if len(path) > _DEEPEST or any(path[: len(one)] == one for one in strange):
            continue
        if path and path[-1] not in ("[]", "{}") and path[-1] not in known:
            strange.append(path)
            yield _finding(
                "unknown-key", f"{where} has the key {_shown(path)}, which none of its samples has", None, _NEXT
            )
            continue
        if path in shape.kinds and value is not None and kind(value) not in shape.kinds[path]:
            strange.append(path)
            wanted = " or ".join(sorted(shape.kinds[path]))
            message = f"{where}: {_shown(path)} is {kind(value)}, but in samples it is {wanted}"
            yield _finding("other-kind", message, None, "have your app check the type before it uses the value")
            continue
        yield from _lint_keys(where, path, value, shape)
        yield from _lint_type(where, path, value, shape)


def _lint_keys(where: str, path: Path, value: object, shape: PayloadShape) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key in sorted(shape.required(path) - value.keys()):
            message = f"{where} lacks the key {_shown((*path, key))}, which every sample has"
            yield _finding("missing-key", message, None, "have your app work without it")


def _lint_type(where: str, path: Path, value: object, shape: PayloadShape) -> Iterator[Finding]:
    if not path or not isinstance(value, str):
        return
    if path[-1] in TYPE_KEYS and (known := shape.known_values(path)) and value not in known:
        meant = nearest(value, known)
        why = f"the nearest known one is {meant!r}" if meant else None
        yield _finding("unknown-type", f"{where}: {_shown(path)} is {value[:60]!r}, never seen before", why, _NEXT)
    if reason := _DEPRECATED.get((path[-1], value)):
        message = f"{where}: {_shown(path)} is {value!r}, which is outdated"
        yield _finding("deprecated", message, reason, "do not build on it")


def _unknown(what: str, name: str, known: Sequence[str] | frozenset[str], of: str) -> Finding:
    meant = nearest(name, known)
    message = f"{name[:60]!r} is not a known {what}{of}"
    return _finding(f"unknown-{what}", message, f"the nearest known one is {meant!r}" if meant else None, _NEXT)


def _finding(name: str, what: str, why: str | None, next_step: str) -> Finding:
    return Finding(id=f"payload.{name}", state=State.WARNING, what=what, why=why, next_step=next_step)


def _shown(path: Path) -> str:
    """Return a path as `messages[].text.body`; `value` for the whole."""
    return ".".join(path).replace(".[]", "[]")[:120] or "value"


def _number(version: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"v?(\d{1,3})\.(\d{1,3})", version.strip())
    return (int(found[1]), int(found[2])) if found else None
