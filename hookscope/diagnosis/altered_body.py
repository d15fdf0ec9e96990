"""Bodies that were altered on the way: each alteration is undone, and proven by the signature."""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.rewritten_json import differences, signed_forms
from hookscope.meta import packing
from hookscope.meta.signature import header_values

Headers = Sequence[tuple[bytes, bytes]]

_LARGEST = 4 << 20
"""In bytes. Meta sends no larger bodies (WhatsApp's overview: up to 3 MB); others are compared at their ends only."""

_BOM = b"\xef\xbb\xbf"
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]{0,64}\r\n")
_RAW_BYTES = (
    "verify the raw bytes of the request, before anything parses them; if they are raw already, find the proxy or "
    "gateway that rewrites bodies"
)


class _Change(Struct, frozen=True, kw_only=True):
    """A change of the body: its id, what happened, and the bodies that it may have been made from."""

    id: str
    what: str
    undo: Callable[[bytes, Headers], Iterator[bytes]]
    at_ends: bool = False


def explain_altered_body(headers: Headers, body: bytes, signed_by: Callable[[bytes], str | None]) -> Finding | None:
    """Return the change of the body that is proven, or None. `signed_by` names the secret that signed a body."""
    for change in _CHANGES:
        if not change.at_ends and len(body) > _LARGEST:
            continue
        for before in change.undo(body, headers):
            if before != body and (secret := signed_by(before)) is not None:
                return _finding(change.id, change.what, secret)
    return _explain_rewritten(body, signed_by) if len(body) <= _LARGEST else None


def _explain_rewritten(body: bytes, signed_by: Callable[[bytes], str | None]) -> Finding | None:
    tried: set[int] = set()
    for form in signed_forms(body):
        if hash(form) in tried or form == body:
            continue
        tried.add(hash(form))
        if (secret := signed_by(form)) is not None:
            changed = differences(body, form)
            name = f"reserialized.{next(iter(changed))}" if len(changed) == 1 else "reserialized"
            named = "; ".join(changed.values()) or "numbers or strings were written differently"
            return _finding(name, f"the JSON was parsed and serialized again on the way: {named}", secret)
    return None


def explain_incomplete_body(headers: Headers, body: bytes) -> Finding | None:
    """Return what shows that a body is not whole, which no signature can prove; None when nothing shows it."""
    announced = _content_length(headers)
    if not body:
        return _unproven("body-lost", "the body is empty", "there is a signature, but no body for it")
    if announced is not None and announced > len(body):
        why = f"Content-Length announces {announced:,} bytes, but {len(body):,} are here"
        return _unproven("truncated", "the body is cut off", why)
    if _breaks_off(body):
        return _unproven("truncated", "the body is cut off", "its JSON ends before it is complete")
    if (coding := packing.of(headers)) and not packing.is_known(coding):
        why = f"it came with Content-Encoding: {coding}, which Meta does not send and hookscope does not decompress"
        return _unproven("packed", "the body was compressed on the way", why)
    return None


def _finding(name: str, what: str, note: str) -> Finding:
    return Finding(
        id=f"signature.{name}",
        state=State.FAILED,
        what=what,
        why=f"without that change the signature is valid, so the secret is right{note}",
        next_step=_RAW_BYTES,
    )


def _unproven(name: str, what: str, why: str) -> Finding:
    return Finding(id=f"signature.{name}", state=State.FAILED, what=what, why=why, next_step=_RAW_BYTES)


# Undoing


def _without_newline(body: bytes, _: Headers) -> Iterator[bytes]:
    yield body.removesuffix(b"\n")
    yield body.removesuffix(b"\r\n")


def _with_newline(body: bytes, _: Headers) -> Iterator[bytes]:
    yield body + b"\n"
    yield body + b"\r\n"


def _without_bom(body: bytes, _: Headers) -> Iterator[bytes]:
    yield body.removeprefix(_BOM)


def _with_bom(body: bytes, _: Headers) -> Iterator[bytes]:
    yield _BOM + body


def _without_padding(body: bytes, _: Headers) -> Iterator[bytes]:
    yield body.strip(b" \t\r\n\0")


def _without_appendix(body: bytes, headers: Headers) -> Iterator[bytes]:
    announced = _content_length(headers)
    if announced and announced < len(body):
        yield body[:announced]
    try:
        text = body.decode()
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return
    yield text[:end].encode()


def _with_other_line_ends(body: bytes, _: Headers) -> Iterator[bytes]:
    unix = body.replace(b"\r\n", b"\n")
    yield unix
    yield unix.replace(b"\n", b"\r\n")


def _unpacked(body: bytes, headers: Headers) -> Iterator[bytes]:
    for coding in (packing.of(headers) or "gzip", "deflate"):
        unpacked = packing.unpack(coding, body, largest=_LARGEST)
        if unpacked is not None:
            yield unpacked


def _packed(body: bytes, headers: Headers) -> Iterator[bytes]:
    """Yield the body as zlib's programs pack it, when a header says that it was packed."""
    if not packing.of(headers):
        return
    for level in (6, 1, 9):
        for window in (31, 15, -15):
            packer = zlib.compressobj(level, zlib.DEFLATED, window)
            packed = packer.compress(body) + packer.flush()
            yield packed
            if window == 31:  # Of gzip's header two bytes are the packer's own: the level's flag, and its system.
                yield packed[:8] + b"\x02\xff" + packed[10:]
                yield packed[:8] + b"\x00\xff" + packed[10:]


def _in_another_charset(body: bytes, _: Headers) -> Iterator[bytes]:
    for named, meant in (("utf-8", "latin-1"), ("latin-1", "utf-8"), ("utf-8", "cp1252"), ("utf-16", "utf-8")):
        try:
            yield body.decode(named).encode(meant)
        except UnicodeError:
            continue


def _without_chunks(body: bytes, _: Headers) -> Iterator[bytes]:
    parts: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if size == 0:
            yield b"".join(parts)
            return
        parts.append(body[head.end() : head.end() + size])
        at = head.end() + size + 2


def _url_decoded(body: bytes, _: Headers) -> Iterator[bytes]:
    if b"%" in body[:64]:
        decoded = unquote_to_bytes(body.replace(b"+", b" "))
        yield decoded
        yield decoded.partition(b"=")[2]
        yield decoded.removesuffix(b"=")


_CHANGES = (
    _Change(id="newline-added", what="a newline was added at the end", undo=_without_newline, at_ends=True),
    _Change(id="newline-lost", what="a newline at the end was lost", undo=_with_newline, at_ends=True),
    _Change(id="bom-added", what="a byte order mark was added at the beginning", undo=_without_bom, at_ends=True),
    _Change(id="bom-lost", what="the byte order mark at the beginning was lost", undo=_with_bom, at_ends=True),
    _Change(id="padded", what="spaces or zero bytes were added around the body", undo=_without_padding, at_ends=True),
    _Change(id="line-ends", what="the line ends within the body were changed", undo=_with_other_line_ends),
    _Change(id="appended", what="something was appended to the body", undo=_without_appendix),
    _Change(id="compressed", what="the body was compressed on the way", undo=_unpacked),
    _Change(id="decompressed", what="the body was signed compressed, and decompressed on the way", undo=_packed),
    _Change(id="transcoded", what="the body was converted to another character set", undo=_in_another_charset),
    _Change(id="chunked", what="the framing of a chunked transfer was left within the body", undo=_without_chunks),
    _Change(id="url-encoded", what="the body was URL-encoded, as a form is", undo=_url_decoded),
)


def _content_length(headers: Headers) -> int | None:
    values = header_values(headers, "Content-Length")
    return int(values[0]) if values and values[0].isdigit() and len(values[0]) < 20 else None


def _breaks_off(body: bytes) -> bool:
    """Return whether a body is the beginning of JSON."""
    if body[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(body.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        is_cut_in_text = error.msg.startswith("Unterminated") or (
            "escape" in error.msg and error.pos >= len(error.doc) - 6
        )
        return is_cut_in_text or error.pos >= len(error.doc) or error.doc.endswith(",")
    except (ValueError, RecursionError):
        return False
    return False
