"""`X-Hub-Signature-256` and `X-Hub-Signature`: making them, judging them, and explaining the invalid ones.

Both are HMACs of the raw body, keyed with the app secret, in lowercase hex behind `sha256=` or `sha1=`.
Source: Meta's guide "Webhooks: Get started", section "Validating payloads".
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from hookscope.meta import packing, wire

SHA256_HEADER = "X-Hub-Signature-256"
SHA1_HEADER = "X-Hub-Signature"

ALGORITHMS = {SHA1_HEADER.lower().encode(): "sha1", SHA256_HEADER.lower().encode(): "sha256"}
"""The signature headers in lowercase, each with the digest that it carries."""

_DIAGNOSED_BYTES = 1 << 20
"""Bodies over this are not taken apart to explain a mismatch: an attacker would choose them."""


class SignatureVerdict(StrEnum):
    """The verdict on a notification's signature."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"
    UNCHECKED = "unchecked"


ACCEPTED = (SignatureVerdict.VALID, SignatureVerdict.UNCHECKED)
"""The verdicts on what Meta made, as far as can be told. No set: Python code computes the hash of an enumeration."""


class Signature(Struct, frozen=True, kw_only=True):
    """The verdict on a request's signature, the algorithm it rests on, and the reason when it is not valid.

    It is truthy only when it is valid, so that `if verify(…):` is safe.
    """

    verdict: SignatureVerdict
    algorithm: str | None = None
    reason: str | None = None

    def __bool__(self) -> bool:
        return self.verdict is SignatureVerdict.VALID


_VALID = {algorithm: Signature(verdict=SignatureVerdict.VALID, algorithm=algorithm) for algorithm in ("sha256", "sha1")}


def sign(body: bytes, secret: str, algorithm: str = "sha256") -> str:
    """Return the value of a signature header: `sha256=<64 hex digits>` or `sha1=<40 hex digits>`."""
    return f"{algorithm}={_digest(body, secret, algorithm)}"


def sign_headers(body: bytes, secret: str) -> tuple[tuple[str, str], ...]:
    """Return both signature headers, in the order in which Meta sends them."""
    return ((SHA1_HEADER, sign(body, secret, "sha1")), (SHA256_HEADER, sign(body, secret)))


def is_signed(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Return whether there is a signature header, right or wrong."""
    return any(name.lower() in ALGORITHMS for name, _ in headers)


def judge(headers: Sequence[tuple[bytes, bytes]], body: bytes, secrets: Sequence[str]) -> Signature:
    """Judge a notification by its raw headers and raw body against every known app secret.

    The sha256 header decides; sha1 counts only when it stands alone. The reason never contains a signature that
    would have been right.
    """
    if not secrets:
        return Signature(verdict=SignatureVerdict.UNCHECKED, reason="no app secret is known")
    name, algorithm = SHA256_HEADER, "sha256"
    given = header_values(headers, name)
    if not given:
        name, algorithm = SHA1_HEADER, "sha1"
        given = header_values(headers, name)
    if not given:
        return Signature(verdict=SignatureVerdict.MISSING, reason=f"no {SHA256_HEADER} header")
    if len(set(given)) > 1:
        return _invalid(algorithm, f"the {name} header came {len(given)} times with different values")
    prefix = f"{algorithm}=".encode()
    if not given[0].startswith(prefix):
        return _invalid(algorithm, f"the {name} header does not begin with '{algorithm}='")
    digest = given[0][len(prefix) :]
    if made_by(secrets, digest, body, algorithm):
        return _VALID[algorithm]
    return _invalid(algorithm, _explain(headers, body, secrets, digest, algorithm))


def _digest(body: bytes, secret: str, algorithm: str) -> str:
    mac = _keyed(secret, algorithm).copy()
    mac.update(body)
    return mac.hexdigest()


@lru_cache(maxsize=16)
def _keyed(secret: str, algorithm: str) -> hmac.HMAC:
    """Return a keyed MAC with no input yet.

    `hmac.digest` would prepare the key each time and release the interpreter's lock.

    The receiver's thread would have to win the lock back from the journal's thread for every notification.
    """
    return hmac.new(secret.encode(), digestmod=algorithm)


def header_values(headers: Sequence[tuple[bytes, bytes]], name: str) -> list[bytes]:
    """Return the values of a header, without blanks around them."""
    wanted = name.lower().encode()
    return [value.strip() for key, value in headers if len(key) == len(wanted) and key.lower() == wanted]


def _invalid(algorithm: str, reason: str) -> Signature:
    return Signature(verdict=SignatureVerdict.INVALID, algorithm=algorithm, reason=reason)


def made_by(secrets: Sequence[str], digest: bytes, body: bytes, algorithm: str) -> bool:
    """Return whether one of the secrets made the hex digest of this body."""
    matches = [hmac.compare_digest(_digest(body, secret, algorithm).encode(), digest) for secret in secrets]
    return any(matches)


def _explain(
    headers: Sequence[tuple[bytes, bytes]], body: bytes, secrets: Sequence[str], digest: bytes, algorithm: str
) -> str:
    """Explain why a well-formed signature matches no secret, as far as that can be proven."""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size * 2:
        return f"{len(digest)} characters are not a hex {algorithm} digest"
    if made_by(secrets, digest.lower(), body, algorithm):
        return "right except that its hex digits are uppercase: Meta sends lowercase"
    if algorithm == "sha256":
        for value in header_values(headers, SHA1_HEADER):
            if made_by(secrets, value.removeprefix(b"sha1="), body, "sha1"):
                return f"{SHA1_HEADER} is valid and {SHA256_HEADER} is not: the header was altered on the way"
    if (coding := packing.of(headers)) and len(body) <= _DIAGNOSED_BYTES:
        unpacked = packing.unpack(coding, body, largest=_DIAGNOSED_BYTES)
        if unpacked is not None and made_by(secrets, digest, unpacked, algorithm):
            return f"the body was compressed on the way (Content-Encoding: {coding}); unpacked, the signature fits it"
    if len(body) <= _DIAGNOSED_BYTES:
        for explanation, variant in _variants(body):
            if made_by(secrets, digest, variant, algorithm):
                return explanation
    return (
        "made with another app's secret, or the body was changed on the way; Instagram Login signs with the "
        "Instagram app secret (HOOKSCOPE_EXTRA_SECRETS)"
    )


def _variants(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bodies that the sender may have signed instead of the one that arrived."""
    yield "a newline was added at the end of the body on the way", body.removesuffix(b"\n")
    yield "a newline at the end of the body was lost on the way", body + b"\n"
    try:
        value = wire.decode(body)
    except ValueError:
        return
    encoders: tuple[Callable[[object], bytes], ...] = (
        wire.encode,
        lambda value: json.dumps(value, separators=(",", ":")).encode(),
        lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
    )
    for encode in encoders:
        try:
            variant = encode(value)
        except (RecursionError, ValueError):  # Nested too deeply, or a number beyond the range of a float.
            continue
        yield "the JSON was parsed and serialized again on the way; the signature covers only the raw bytes", variant
