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
from base64 import b64encode
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta, MsgspecError, Struct

from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.meta.verify_token import masked_target
from hookscope.model import header_lines
from hookscope.model.append import Identities
from hookscope.model.plain_capture import PlainCapture
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source
from hookscope.model.timestamps import from_milliseconds, milliseconds, now
from hookscope.team.log import Entry, LogRefusedError

_VERSION = 1
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_KINDS, _SOURCES, _VERDICTS = ({str(one): str(one) for one in several} for several in (Kind, Source, SignatureVerdict))
_LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999."""

HEAD_HEADER = "Hookscope-Entry-Head"

_TOKEN_MASK = "***"  # noqa: S105


class _Handshake(Struct):
    accepted: bool
    reason: str | None


class _Versioned(Struct):
    v: int


class _Head(_Versioned):
    """The head of an entry; decoding checks the types, and refuses half of a surrogate pair, which no store takes."""

    kind: str
    source: str
    at: Annotated[int, Meta(ge=0, le=_LATEST)]
    method: str
    target: str
    remote: str
    headers: list[tuple[str, str]]
    status: Annotated[int, Meta(ge=0, lt=1000)] | None
    reply: bytes
    ms: float | None
    verdict: str
    alg: str | None
    why: str | None
    handshake: _Handshake | None
    flaw: str | None
    identities: tuple[str | None, ...]
    relay: str


_HEAD = msgspec.json.Decoder(_Head)


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
        "target": masked_target(request.target, _TOKEN_MASK),
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
        return _shared_capture(entry, _HEAD.decode(entry.head))
    except (ValueError, LookupError, RecursionError, MsgspecError) as error:
        _check_version(entry)
        raise UnreadableEntryError(f"entry @{entry.seq} of the shared log cannot be read: {error}") from error


def _check_version(entry: Entry) -> None:
    """Raise LogRefusedError for an entry of another version, which may have another form."""
    with suppress(MsgspecError, UnicodeDecodeError, RecursionError):
        version = msgspec.json.decode(entry.head, type=_Versioned).v
        if version != _VERSION:
            raise LogRefusedError(
                f"entry @{entry.seq} of the shared log has version {version}, but this hookscope supports {_VERSION}",
                done="nothing was read from there on",
                hint="upgrade hookscope",
            )


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


def _shared_capture(entry: Entry, head: _Head) -> SharedCapture:
    if head.v != _VERSION:
        raise ValueError("it has another version")
    handshake = head.handshake
    plain = PlainCapture(
        _KINDS[head.kind],
        _SOURCES[head.source],
        head.at,
        head.method,
        head.target,
        head.remote,
        header_lines.pack_texts(head.headers),
        head.status,
        head.reply,
        head.ms,
        _VERDICTS[head.verdict],
        head.alg,
        head.why,
        None if handshake is None else int(handshake.accepted),
        None if handshake is None else handshake.reason,
        head.flaw,
        entry.body,
    )
    return SharedCapture(seq=entry.seq, plain=plain, identities=head.identities, relay=head.relay)


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
