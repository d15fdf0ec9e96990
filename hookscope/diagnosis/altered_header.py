"""Signature headers that were altered on the way: each alteration is undone, and proven by the signature."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.signature_maker import SignatureMaker
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, header_values

_LARGEST = 1024
"""In bytes: no signature header is longer."""

_NEXT = "find what rewrites the header: a proxy, a gateway, or a framework that copies headers; pass it on unchanged"

_UNDO: tuple[tuple[str, str, Callable[[bytes, bytes], bytes | None]], ...] = (
    ("no-prefix", "lacks its prefix '{prefix}'", lambda value, prefix: prefix + value),
    ("upper-case", "was written in uppercase", lambda value, _: value.lower()),
    ("quoted", "was put into quotes", lambda value, _: value.strip(b"\"'")),
    ("blanks", "contains spaces", lambda value, _: b"".join(value.split())),
    ("base64", "contains base64 instead of hex digits", lambda value, prefix: _from_base64(value, prefix)),
    ("rewritten", "was rewritten", lambda value, prefix: _from_anything(value, prefix)),
)
"""Id, what happened, and the value as it was before; the last undoes several alterations at once."""


def explain_altered_header(
    headers: Sequence[tuple[bytes, bytes]], body: bytes, maker: SignatureMaker
) -> Finding | None:
    """Return the alteration of the signature's header that is proven, or None."""
    name, algorithm = (SHA256_HEADER, "sha256") if header_values(headers, SHA256_HEADER) else (SHA1_HEADER, "sha1")
    values = [value[:_LARGEST] for value in header_values(headers, name)]
    if repeated := _explain_repeated(values, name, body, maker, algorithm):
        return repeated
    value = values[0]
    prefix = f"{algorithm}=".encode()
    for fault, what, undo in _UNDO:
        if (before := undo(value, prefix)) and (secret := maker.of(before, body, algorithm)):
            return _finding(fault, f"{name} {what.format(prefix=prefix.decode())}", maker.note(secret))
    if secret := maker.of_beginning(value, body, algorithm):
        return _finding("header-cut", f"{name} was cut off after {len(value)} characters", maker.note(secret))
    if algorithm == "sha256":
        return _explain_by_sha1(headers, value, body, maker)
    return None


def explain_renamed_header(
    headers: Sequence[tuple[bytes, bytes]], body: bytes, maker: SignatureMaker
) -> Finding | None:
    """Return the finding on a right signature under another name, or None."""
    for name, value in headers:
        if (secret := maker.of(value.strip(), body) or maker.of(value.strip(), body, "sha1")) is not None:
            shown = name.decode("latin-1")[:100]
            return _finding("renamed", f"the signature came as {shown}, not as {SHA256_HEADER}", maker.note(secret))
    return None


def _explain_repeated(
    values: list[bytes], name: str, body: bytes, maker: SignatureMaker, algorithm: str
) -> Finding | None:
    each = [part.strip() for value in values for part in value.split(b",")]
    if len(each) < 2:
        return None
    right = [secret for one in each if (secret := maker.of(one, body, algorithm))]
    if right:
        return _finding("repeated", f"{name} came {len(each)} times, and one of them is valid", maker.note(right[0]))
    return _finding("repeated", f"{name} came {len(each)} times, and none of them is valid", "") if values[1:] else None


def _explain_by_sha1(
    headers: Sequence[tuple[bytes, bytes]], value: bytes, body: bytes, maker: SignatureMaker
) -> Finding | None:
    bare = value.removeprefix(b"sha256=").removeprefix(b"sha1=")
    if secret := maker.of(b"sha1=" + bare, body, "sha1"):
        return _finding("sha1-in-sha256", f"{SHA256_HEADER} contains the sha1 signature", maker.note(secret))
    for other in header_values(headers, SHA1_HEADER):
        if secret := maker.of(other, body, "sha1"):
            what = f"{SHA1_HEADER} is valid and {SHA256_HEADER} is not"
            return _finding("sha256-replaced", what, f"{maker.note(secret)}; the body is as it was signed")
    return None


def _finding(fault: str, what: str, note: str) -> Finding:
    return Finding(
        id=f"signature.{fault}",
        state=State.FAILED,
        what=what,
        why=f"body and secret are right: only the header was altered on the way{note}",
        next_step=_NEXT,
    )


def _from_base64(value: bytes, prefix: bytes) -> bytes | None:
    text = value.removeprefix(prefix).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return prefix + base64.b64decode(text + b"=" * (-len(text) % 4), validate=True).hex().encode()
    except binascii.Error:
        return None


def _from_anything(value: bytes, prefix: bytes) -> bytes | None:
    digits = {b"sha256=": 64, b"sha1=": 40}[prefix]
    found = re.findall(rb"(?<![0-9a-f])[0-9a-f]{%d}(?![0-9a-f])" % digits, b"".join(value.split()).lower())
    return prefix + found[0] if len(found) == 1 else None
