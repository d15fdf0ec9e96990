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
none into a capture.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from hookscope.frozen import fast_frozen_dataclass
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.append import Identities
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source
from hookscope.model.timestamps import from_milliseconds, milliseconds
from hookscope.team.log import Entry, LogRefusedError

_VERSION = 1
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_DECODE = json.JSONDecoder().decode
_KINDS = {str(kind): kind for kind in Kind}
_SOURCES = {str(source): source for source in Source}
"""Takes a tenth of the time of `Kind(text)`."""

_VERIFY_TOKEN = "hub.verify_token"  # noqa: S105
_PARAMETER = re.compile(r"(?<=[?&;])([^=&;#]*)=([^&;#]*)")


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class SharedCapture:
    """A capture from an entry, the identities of its events, and the name of the relay that received it.

    The capture's `id` is the entry's number in the log.
    """

    capture: Capture
    identities: Identities
    relay: str


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
    """Decode an entry. Raises LogRefusedError for one of a later version, or of another program."""
    try:
        head = _DECODE(entry.head.decode())
        if head["v"] != _VERSION:
            raise LogRefusedError(
                f"entry @{entry.seq} of the shared log has version {head['v']}, but this hookscope supports {_VERSION}",
                done="nothing was read from there on",
                hint="upgrade hookscope",
            )
        return SharedCapture(
            capture=_capture(entry, head), identities=tuple(head["identities"]), relay=str(head["relay"])
        )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise LogRefusedError(
            f"entry @{entry.seq} of the shared log cannot be read: {error}",
            done="nothing was read from there on",
            hint="find out which program wrote it: only `hookscope relay` may write into the log",
        ) from error


def _capture(entry: Entry, head: Mapping[str, Any]) -> Capture:
    handshake = head["handshake"]
    return Capture(
        id=entry.seq,
        run_id=None,
        kind=_KINDS[head["kind"]],
        source=_SOURCES[head["source"]],
        received_at=from_milliseconds(head["at"]),
        request=Request(
            method=head["method"],
            target=head["target"],
            headers=tuple([(name.encode("latin-1"), value.encode("latin-1")) for name, value in head["headers"]]),
            body=entry.body,
            remote=head["remote"],
        ),
        reply=Reply(status=head["status"], body=b64decode(head["reply"]), elapsed_ms=head["ms"]),
        signature=_signature(head["verdict"], head["alg"], head["why"]),
        handshake=handshake and Handshake(accepted=handshake["accepted"], reason=handshake["reason"]),
        flaw=head["flaw"],
    )


@lru_cache(maxsize=64)
def _signature(verdict: str, algorithm: str | None, reason: str | None) -> Signature:
    """Return the signature; cached, since almost all captures have the same."""
    return Signature(verdict=SignatureVerdict(verdict), algorithm=algorithm, reason=reason)


def _without_token(target: str) -> str:
    """Return a target without its verify token, however the parameter's name is escaped."""
    return _PARAMETER.sub(_starred, target) if "?" in target else target


def _starred(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}=***" if unquote_plus(name) == _VERIFY_TOKEN else parameter[0]
