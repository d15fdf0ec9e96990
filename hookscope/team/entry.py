"""Conversion between captures and the entries of a shared log, version 1.

The head of an entry is a JSON object in UTF-8:

| key | value |
|---|---|
| `v` | 1; a reader refuses any other |
| `kind`, `source` | as in the journal |
| `at` | milliseconds since 1970 |
| `method`, `target`, `remote` | of the request |
| `headers` | `[[name, value], …]` in latin-1; order, case, and repetition kept |
| `status`, `reply`, `ms` | the answer: its status, its body in base64, the time it took |
| `verdict`, `alg`, `why` | of the signature |
| `handshake` | `{"accepted", "reason"}` or null |
| `flaw` | why the request could not be read whole, or null |
| `identities` | `[hex or null, …]`, one for each event |
| `relay` | the name of the receiver |

Readers ignore other keys. The verify token in a target is `***`; an entry holds no other secret, since a receiver puts
none into a capture. A mirror keeps what cannot be read as a stray with a flaw (`stand_in`).
"""

import json
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args, get_type_hints
from urllib.parse import unquote_plus

from msgspec import Struct

from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model import header_lines
from hookscope.model.append import Identities
from hookscope.model.plain_capture import PlainCapture
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.team.log import Entry, LogRefusedError

_VERSION = 1
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_DECODE = json.JSONDecoder().raw_decode
_KINDS, _SOURCES, _VERDICTS = ({str(one): str(one) for one in several} for several in (Kind, Source, SignatureVerdict))
_TYPES = [get_args(hint) or (hint,) for hint in get_type_hints(PlainCapture).values()]
_IDENTITY_TYPES = {str, type(None)}

_SURROGATE = rb"\ud"
HEAD_HEADER = "Hookscope-Entry-Head"

_VERIFY_TOKEN = "hub.verify_token"  # noqa: S105
_PARAMETER = re.compile(r"(?<=[?&;])([^=&;#]*)=([^&;#]*)")


class SharedCapture(Struct, frozen=True, kw_only=True):
    """A capture from an entry, the identities of its events, and the name of the relay that received it."""

    seq: int
    plain: PlainCapture
    identities: Identities
    relay: str

    @property
    def capture(self) -> Capture:
        """The capture, made anew each time. Its `id` is the entry's number in the log."""
        return _capture(self.seq, self.plain)


class UnreadableEntryError(LogRefusedError):
    """An entry that no reader will ever understand: another program wrote it, or it is damaged (exit code 2)."""


def encode(capture: Capture, identities: Identities, relay: str) -> Entry:
    """Return the entry for a capture that the relay with that name received."""
    request, reply, signature, handshake = capture.request, capture.reply, capture.signature, capture.handshake
    head = {
        "v": _VERSION,
        "kind": capture.kind,
        "source": capture.source,
        "at": milliseconds(capture.received_at),
        "method": request.method,
        "target": _without_token(request.target),
        "remote": request.remote,
        "headers": [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers],
        "status": reply.status,
        "reply": b64encode(reply.body).decode(),
        "ms": reply.elapsed_ms,
        "verdict": signature.verdict,
        "alg": signature.algorithm,
        "why": signature.reason,
        "handshake": handshake and {"accepted": handshake.accepted, "reason": handshake.reason},
        "flaw": capture.flaw,
        "identities": identities,
        "relay": relay,
    }
    return Entry(head=_ENCODER.encode(head).encode(), body=request.body)


def decode(entry: Entry) -> SharedCapture:
    """Decode an entry. Raises UnreadableEntryError, and LogRefusedError for one of a later version."""
    try:
        head, end = _DECODE(text := entry.head.decode())
        if head["v"] != _VERSION:
            raise LogRefusedError(
                f"entry @{entry.seq} of the shared log has version {head['v']}, but this hookscope supports {_VERSION}",
                done="nothing was read from there on",
                hint="upgrade hookscope",
            )
        if end != len(text):
            raise ValueError("there is something behind it")
        return _shared_capture(entry, head)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnreadableEntryError(f"entry @{entry.seq} of the shared log cannot be read: {error}") from error


def stand_in(entry: Entry, error: UnreadableEntryError) -> SharedCapture:
    """Return a stray with the body of an unreadable entry, and with its head in Base64 as a header."""
    head = b"%b: %b\r\n" % (HEAD_HEADER.encode(), b64encode(entry.head))
    plain = PlainCapture(
        kind=Kind.STRAY,
        source=Source.SHARED,
        received_at=milliseconds(now()),
        method="?",
        target="?",
        remote="?",
        headers=head,
        reply_status=None,
        reply_body=b"",
        reply_ms=None,
        verdict=SignatureVerdict.UNCHECKED,
        algorithm=None,
        signature_reason=None,
        handshake=None,
        handshake_reason=None,
        flaw=error.message.encode("utf-8", "replace").decode(),
        body=entry.body,
    )
    return SharedCapture(seq=entry.seq, plain=plain, identities=(), relay="?")


def _shared_capture(entry: Entry, head: Mapping[str, Any]) -> SharedCapture:
    handshake, elapsed_ms, identities = head["handshake"], head["ms"], head["identities"]
    plain = PlainCapture(
        _KINDS[head["kind"]],
        _SOURCES[head["source"]],
        head["at"],
        head["method"],
        head["target"],
        head["remote"],
        header_lines.pack_texts(head["headers"]),
        head["status"],
        a2b_base64(head["reply"]),
        None if elapsed_ms is None else float(elapsed_ms),
        _VERDICTS[head["verdict"]],
        head["alg"],
        head["why"],
        handshake and int(bool(handshake["accepted"])),
        handshake and handshake["reason"],
        head["flaw"],
        entry.body,
    )
    from_milliseconds(plain.received_at)  # Refuses what is no time.
    _check_texts(entry.head, plain, identities)
    if plain.reply_status is not None and not 0 <= plain.reply_status < 1000:
        raise ValueError("its status is none of HTTP's")
    if not _fit(tuple(map(type, plain))) or not _IDENTITY_TYPES.issuperset(map(type, identities)):
        raise ValueError("a value has the wrong type")
    return SharedCapture(seq=entry.seq, plain=plain, identities=tuple(identities), relay=str(head["relay"]))


def _check_texts(head: bytes, plain: PlainCapture, identities: Identities) -> None:
    """Raise ValueError for half of a surrogate pair, which JSON can express, and no store takes."""
    if _SURROGATE in head.lower():
        for text in (*plain, *identities):
            if isinstance(text, str):
                text.encode()


@lru_cache(maxsize=64)
def _fit(types: tuple[type, ...]) -> bool:
    """Return whether values of these types make a capture; almost all captures have the same."""
    return all(one in several for one, several in zip(types, _TYPES, strict=True))


def _capture(seq: int, plain: PlainCapture) -> Capture:
    return Capture(
        id=seq,
        run_id=None,
        kind=Kind(plain.kind),
        source=Source(plain.source),
        received_at=from_milliseconds(plain.received_at),
        request=Request(
            method=plain.method,
            target=plain.target,
            headers=header_lines.unpack(plain.headers),
            body=plain.body,
            remote=plain.remote,
        ),
        reply=Reply(status=plain.reply_status, body=plain.reply_body, elapsed_ms=plain.reply_ms),
        signature=Signature(
            verdict=SignatureVerdict(plain.verdict), algorithm=plain.algorithm, reason=plain.signature_reason
        ),
        handshake=None
        if plain.handshake is None
        else Handshake(accepted=bool(plain.handshake), reason=plain.handshake_reason),
        flaw=plain.flaw,
    )


def _without_token(target: str) -> str:
    """Return a target without its verify token, however the parameter's name is escaped."""
    return _PARAMETER.sub(_starred, target) if "?" in target else target


def _starred(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}=***" if unquote_plus(name) == _VERIFY_TOKEN else parameter[0]
