"""Compressed bodies. Meta sends notifications uncompressed, so something in between compressed these."""

import zlib
from collections.abc import Iterable

_NAME = b"content-encoding"
_NAME_LENGTH = len(_NAME)


def of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the content encodings that raw headers name, in lowercase, or None for an uncompressed body."""
    named = []
    for name, value in headers:  # Every notification passes here, and almost none has an encoding.
        if len(name) == _NAME_LENGTH and name.lower() == _NAME:
            named.append(value)
    if not named:
        return None
    codings = [coding.strip().lower() for value in named for coding in value.decode("latin-1").split(",")]
    return ", ".join(coding for coding in codings if coding not in ("", "identity"))[:64] or None


def explain(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return what a compressed notification's headers say about its path, or None for an uncompressed one."""
    coding = of(headers)
    return (
        f"it came with Content-Encoding: {coding}, which Meta does not send: check the proxies in between"
        if coding
        else None
    )


def is_known(coding: str) -> bool:
    """Return whether `unpack` supports the encodings; Brotli and several encodings at once are not supported."""
    return coding in _WINDOWS


def unpack(coding: str, body: bytes, *, largest: int) -> bytes | None:
    """Return the unpacked body, or None when it is not packed this way or exceeds `largest` bytes."""
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
