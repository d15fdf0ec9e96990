"""Compressed bodies: a notification comes as it is, so whoever compressed it stands in between."""

import zlib
from collections.abc import Iterable

_NAME = b"content-encoding"
_NAME_LENGTH = len(_NAME)


def of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the content encodings that raw headers name, in lowercase; None for a body that is sent as it is."""
    named = []
    for name, value in headers:  # Each notification passes here, and nearly none has any.
        if len(name) == _NAME_LENGTH and name.lower() == _NAME:
            named.append(value)
    if not named:
        return None
    codings = [coding.strip().lower() for value in named for coding in value.decode("latin-1").split(",")]
    return ", ".join(coding for coding in codings if coding not in ("", "identity"))[:64] or None


def explain(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return what a compressed notification's headers say about the way that it came; None for an ordinary one."""
    coding = of(headers)
    return (
        f"it came with Content-Encoding: {coding}, which Meta does not send: see what stands in between"
        if coding
        else None
    )


def is_known(coding: str) -> bool:
    """Return whether `unpack` can tell: Brotli and several codings at once are beyond it."""
    return coding in _WINDOWS


def unpack(coding: str, body: bytes, *, largest: int) -> bytes | None:
    """Return the body unpacked; None when it is not packed so, or comes to more than `largest` bytes."""
    for window in _WINDOWS.get(coding, ()):
        decoder = zlib.decompressobj(window)
        try:
            unpacked = decoder.decompress(body, largest)
        except zlib.error:
            continue
        if decoder.eof:
            return unpacked
    return None


_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""For each coding the window sizes of zlib; senders write deflate with a header and without (RFC 9110, 8.4.1.2)."""
