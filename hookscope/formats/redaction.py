"""Removing secrets from a capture before it leaves this machine.

Access tokens, proofs made from them, verify tokens, passwords and the headers that log somebody in. The
signature of a webhook is no secret: it proves the sender of one body and opens nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from hookscope.formats.secret_search import REDACTED, remove_secrets
from hookscope.model.record import Capture, Headers
from hookscope.model.run_events import Captured, Delivered, RunEvent
from hookscope.secret_sources import SecretSources

_MARK = REDACTED.encode()
_HEADERS = (b"authorization", b"cookie", b"api-key", b"token", b"secret", b"password")
"""The endings of the names of headers that hold credentials."""

_HINTS = (b"token", b"secret", b"proof", b"password", b"\\u00", b"%", b"eaa", b"igaa", b"igq", b"://", b":\\/")
"""The parts of a lowercase text that may have something to remove; looking for them costs next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A capture without its secrets. With `body_changed`, its signature no longer matches its body."""

    capture: Capture
    changed: bool
    body_changed: bool


def redact(capture: Capture, secrets: Sequence[str] = ()) -> Redacted:
    """Remove secrets from a capture: those known by their name or form, and these texts anywhere.

    Everything else stays byte for byte.
    """
    known = tuple(secret.encode() for secret in secrets if secret)
    request, reply = capture.request, capture.reply
    target = redact_text(request.target, secrets)
    headers = _headers(request.headers, known)
    body, answer = _redact(request.body, known), _redact(reply.body, known)
    note = capture.note and redact_text(capture.note, secrets)
    if (target, headers, body, answer, note) == (
        request.target,
        request.headers,
        request.body,
        reply.body,
        capture.note,
    ):
        return Redacted(capture=capture, changed=False, body_changed=False)
    return Redacted(
        capture=replace(
            capture,
            request=replace(request, target=target, headers=headers, body=body),
            reply=replace(reply, body=answer),
            note=note,
        ),
        changed=True,
        body_changed=body != request.body,
    )


def redact_text(text: str, secrets: Sequence[str] = ()) -> str:
    """Remove secrets from an address or a line of text."""
    raw = text.encode("utf-8", "surrogatepass")
    return _redact(raw, tuple(secret.encode() for secret in secrets if secret)).decode("utf-8", "surrogatepass")


def redact_bytes(text: bytes, secrets: Sequence[str] = ()) -> bytes:
    """Remove secrets from bytes."""
    return _redact(text, tuple(secret.encode() for secret in secrets if secret))


def redact_elsewhere(
    captures: Sequence[Capture], take_out: Callable[[Sequence[bytes]], Sequence[bytes]]
) -> list[Capture]:
    """Return captures whose texts a process with more secrets has redacted. `take_out` keeps their order."""
    texts = [_texts(capture) for capture in captures]
    clean = iter(take_out([text for several in texts for text in several]))
    return [
        _with_texts(capture, [next(clean) for _ in several]) for capture, several in zip(captures, texts, strict=True)
    ]


def _texts(capture: Capture) -> list[bytes]:
    request, reply = capture.request, capture.reply
    target, note = request.target.encode("utf-8", "surrogatepass"), (capture.note or "").encode()
    return [target, request.body, reply.body, note, *(value for _, value in request.headers)]


def _with_texts(capture: Capture, texts: Sequence[bytes]) -> Capture:
    target, body, answer, note, *values = texts
    request, names = capture.request, [name for name, _ in capture.request.headers]
    headers = tuple(zip(names, values, strict=True))
    return replace(
        capture,
        request=replace(request, target=target.decode("utf-8", "surrogatepass"), headers=headers, body=body),
        reply=replace(capture.reply, body=answer),
        note=note.decode() or capture.note,
    )


def redact_item(item: RunEvent, secrets: SecretSources) -> RunEvent:
    """Remove known secrets from an item's text. Captures and deliveries stay as they were received."""
    if isinstance(item, Captured | Delivered):
        return item
    texts = {one.name: value for one in fields(item) if isinstance(value := getattr(item, one.name), str)}
    clean: dict[str, Any] = {name: secrets.redact(value) for name, value in texts.items()}
    return item if clean == texts else replace(item, **clean)


@lru_cache(maxsize=256)  # The same few names come with every request.
def logs_in(name: bytes) -> bool:
    """Return whether a header of that name logs somebody in."""
    return name.lower().endswith(_HEADERS)


def _headers(headers: Headers, known: Sequence[bytes]) -> Headers:
    together = b"\n".join([part for pair in headers for part in pair])
    if not _may_hold_any(together, (*_HINTS, *_HEADERS), known):
        return headers
    return tuple((name, _MARK if logs_in(name) else _redact(value, known)) for name, value in headers)


def _redact(text: bytes, known: Sequence[bytes]) -> bytes:
    if not _may_hold_any(text, _HINTS, known):
        return text
    for secret in known:
        text = text.replace(secret, _MARK)
    return remove_secrets(text)


def _may_hold_any(text: bytes, hints: Sequence[bytes], known: Sequence[bytes]) -> bool:
    lower = text.lower()
    return any(hint in lower for hint in hints) or any(secret in text for secret in known)
