"""Removing secrets from a capture before it leaves this machine.

Access tokens, proofs made from them, verify tokens, passwords and the headers that log somebody in. The
signature of a webhook is no secret: it proves the sender of one body and opens nothing.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct
from msgspec.structs import fields, replace

from hookscope.model.record import Capture, Headers
from hookscope.model.run_events import Captured, Delivered, RunEvent
from hookscope.secret_sources import SecretSources

REDACTED = "REDACTED"

_MARK = REDACTED.encode()
_NAMES = (
    b"access_token",
    b"app_secret",
    b"appsecret_proof",
    b"client_secret",
    b"fb_exchange_token",
    b"input_token",
    b"page_access_token",
    b"password",
    b"refresh_token",
    b"user_access_token",
    b"verify_token",
    b"hub.verify_token",
    b"hub_verify_token",
)
_HEADERS = (b"authorization", b"cookie", b"api-key", b"token", b"secret", b"password")
"""The endings of the names of headers that hold credentials."""

_WORDS = (b"token", b"secret", b"password")
"""Each of the names contains one of these."""

_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
"""The beginning of the escape of an ASCII letter: umlauts and their like, which texts are full of, hide no name."""

_IN_JSON = re.compile(  # Five for each character of the longest name, which may all be escaped.
    rb'("(?P<name>(?:[^"\\]|\\.){1,85}+)"\s*:\s*)'
    rb'(?!null|true|false)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"{\[,}\]][^\s,}\]]*)',
    re.DOTALL,
)
_IN_QUERY = re.compile(rb"(?<![\w.%-])(?P<name>[\w.%-]{6,}+)=[^&\"\\\s#<>']+")
_IN_QUOTED_QUERY = re.compile(  # The secret of an address that is a value itself, percent-encoded up to four times.
    rb"((?:%s)%%(?:25){0,3}3D)(?:(?!%%(?:25){0,3}26)[^&\"\\\s#<>'])+" % b"|".join(map(re.escape, _NAMES)), re.IGNORECASE
)
_IN_ADDRESS = re.compile(rb"(:(?:\\?/){2}[^/@\s:\"\\]*:)[^/@\s\"\\]+(?=@|\\u0040)")
_TOKENS = (b"EAA", b"IGAA", b"IGQ")
_TOKEN = re.compile(rb"(?:(?<![A-Za-z0-9_-])|(?<=%%[0-9A-Fa-f]{2}))(?:%s)[A-Za-z0-9_-]{24,}" % b"|".join(_TOKENS))
"""Graph API tokens of users, pages and system users begin with EAA, those of Instagram Login with IG."""


class Redacted(Struct, frozen=True, kw_only=True):
    """A capture without its secrets; if it had any, it is `changed`."""

    capture: Capture
    changed: bool


def redact(capture: Capture, secrets: Sequence[str] = ()) -> Redacted:
    """Remove secrets from a capture: those known by their name or form, and these texts anywhere.

    Everything else stays byte for byte.
    """
    known = tuple(secret.encode() for secret in secrets if secret)
    request, reply = capture.request, capture.reply
    if not (_may_change(b"\n".join(_texts(capture)), known) or any(logs_in(name) for name, _ in request.headers)):
        return Redacted(capture=capture, changed=False)
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
        return Redacted(capture=capture, changed=False)
    return Redacted(
        capture=replace(
            capture,
            request=replace(request, target=target, headers=headers, body=body),
            reply=replace(reply, body=answer),
            note=note,
        ),
        changed=True,
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
    """Return captures whose texts were redacted by a process that knows more secrets. `take_out` keeps their order."""
    texts = [_texts(capture) for capture in captures]
    clean = iter(take_out([text for several in texts for text in several]))
    return [
        _with_texts(capture, [next(clean) for _ in several]) for capture, several in zip(captures, texts, strict=True)
    ]


def _texts(capture: Capture) -> list[bytes]:
    request, reply = capture.request, capture.reply
    target, note = (
        request.target.encode("utf-8", "surrogatepass"),
        (capture.note or "").encode("utf-8", "surrogatepass"),
    )
    return [target, request.body, reply.body, note, *(value for _, value in request.headers)]


def _with_texts(capture: Capture, texts: Sequence[bytes]) -> Capture:
    target, body, answer, note, *values = texts
    request, names = capture.request, [name for name, _ in capture.request.headers]
    headers = tuple(zip(names, values, strict=True))
    return replace(
        capture,
        request=replace(request, target=target.decode("utf-8", "surrogatepass"), headers=headers, body=body),
        reply=replace(capture.reply, body=answer),
        note=note.decode("utf-8", "surrogatepass") or capture.note,
    )


def redact_item(item: RunEvent, secrets: SecretSources) -> RunEvent:
    """Remove known secrets from an item's text. Captures and deliveries stay as they were received."""
    if isinstance(item, Captured | Delivered):
        return item
    texts = {one.name: value for one in fields(item) if isinstance(value := getattr(item, one.name), str)}
    clean: dict[str, Any] = {name: secrets.redact(value) for name, value in texts.items()}
    return item if clean == texts else replace(item, **clean)


@lru_cache(maxsize=256)  # Every request has the same few names.
def logs_in(name: bytes) -> bool:
    """Return whether a header of that name logs somebody in."""
    return name.lower().endswith(_HEADERS)


def _headers(headers: Headers, known: Sequence[bytes]) -> Headers:
    return tuple((name, _MARK if logs_in(name) else _redact(value, known)) for name, value in headers)


def _redact(text: bytes, known: Sequence[bytes]) -> bytes:
    return _without_secrets(text, known) if _may_change(text, known) else text


def _without_secrets(text: bytes, known: Sequence[bytes]) -> bytes:
    for secret in known:
        text = text.replace(secret, _MARK)
    text = _IN_JSON.sub(_without_json_value, text)
    text = _IN_QUERY.sub(_without_query_value, text)
    text = _IN_QUOTED_QUERY.sub(rb"\1" + _MARK, text)
    text = _IN_ADDRESS.sub(rb"\1" + _MARK, text)
    return _TOKEN.sub(_MARK, text)


def _may_change(text: bytes, known: Sequence[bytes]) -> bool:
    """Return whether a text has a trace of something to remove; finding that costs next to nothing."""
    for token in (*known, *_TOKENS):  # A generator would take half of the time.
        if token in text:
            return True
    return _may_name(text.lower()) or (
        b"/" in text and (b"@" in text or b"\\u0040" in text) and bool(_IN_ADDRESS.search(text))
    )


def _may_name(lower: bytes) -> bool:
    """Return whether a lowercase text has a part of a secret's name, as it is or behind escapes of JSON or of URLs."""
    for word in _WORDS:
        if word in lower:
            return True
    if (
        b"\\u00" in lower
        and _ESCAPED_LETTER.search(lower)
        and any(word in _unescaped(lower).lower() for word in _WORDS)
    ):
        return True
    return b"%" in lower and b"=" in lower and any(word in unquote_to_bytes(lower).lower() for word in _WORDS)


def _without_json_value(found: re.Match[bytes]) -> bytes:
    name = _unescaped(found["name"])
    return found[1] + b'"' + _MARK + b'"' if name.lower() in _NAMES else found[0]


def _without_query_value(found: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(found["name"]).lower()
    return found["name"] + b"=" + _MARK if name.endswith(_NAMES) else found[0]


def _unescaped(name: bytes) -> bytes:
    """Return a name in JSON without its escapes, which could hide it."""
    if b"\\" not in name:
        return name
    return re.sub(rb"\\u00([0-7][0-9a-fA-F])", lambda found: bytes.fromhex(found[1].decode()), name)
