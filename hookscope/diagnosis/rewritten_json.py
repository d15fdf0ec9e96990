"""Reconstruction of the signed form of JSON that was parsed and serialized again, and the differences by name."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from hookscope.meta import wire

_LARGEST_REORDERED = 256 << 10
_MOST_ENTRIES = 1000

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_UPPER_ESCAPE = re.compile(rb"\\u(?=[0-9a-f]*[A-F])[0-9a-fA-F]{4}")
_ORDERS = (
    (("object", "entry"), ("entry", "object")),
    (
        ("id", "time", "changes"),
        ("id", "changes", "time"),
        ("id", "time", "messaging"),
        ("time", "id", "changes"),
        ("time", "id", "messaging"),
    ),
    (("field", "value"), ("value", "field")),
)
"""The orders of keys that captures show: of a body, an entry, and a change."""


def _compact(value: Any, *, is_ascii: bool) -> bytes:
    text = json.dumps(value, ensure_ascii=is_ascii, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


_ENCODERS: tuple[Callable[[Any], bytes], ...] = (
    wire.encode,
    lambda value: _compact(value, is_ascii=True).replace(b"/", b"\\/"),
    lambda value: _compact(value, is_ascii=True),
    lambda value: _compact(value, is_ascii=False),
    lambda value: json.dumps(value, allow_nan=False).encode(),
    lambda value: json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8", "surrogatepass"),
)
"""The forms in which somebody signs JSON: Meta's own, PHP's, and those of test tools."""


def signed_forms(body: bytes) -> Iterator[bytes]:
    """Yield the forms in which a JSON body may have been signed; none for a body that is not JSON."""
    try:
        value = wire.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return
    if isinstance(value, str):  # JSON within a JSON string.
        yield value.encode("utf-8", "surrogatepass")
        return
    yield from _encoded(value)
    if len(body) <= _LARGEST_REORDERED:
        for reordered in _reordered(value):
            yield from _encoded(reordered)


def differences(body: bytes, signed: bytes) -> dict[str, str]:
    """Return what the rewriting changed, by a short name, as far as the bytes show it."""
    bare, bare_signed = _STRING.sub(b"", body), _STRING.sub(b"", signed)
    checks = {
        "double-encoded": (body[:1] == b'"', "the JSON was put into a JSON string"),
        "indent": (b"\n" in bare and b"\n" not in bare_signed, "it was indented"),
        "separators": (
            b"\n" not in bare and (b" " in bare) is not (b" " in bare_signed),
            "spaces between its values were added or removed",
        ),
        "unicode": (not body.isascii() and signed.isascii(), "\\u escapes became characters"),
        "ascii": (body.isascii() and not signed.isascii(), "characters became \\u escapes"),
        "slashes": ((b"\\/" in signed) is not (b"\\/" in body), "'\\/' became '/', or the other way around"),
        "escapes": (
            any((one in signed) is not (one in body) for one in (b"\\u0025", b"\\u0040", b"\\u003C")),
            "the escapes of '%', '@' or '<' were written differently",
        ),
        "hex-case": (_uppercase(body) != _uppercase(signed), "the hex digits of \\u escapes changed case"),
        "key-order": (_keys(body) != _keys(signed), "keys changed order"),
    }
    found = {name: difference for name, (applies, difference) in checks.items() if applies}
    return {"double-encoded": found["double-encoded"]} if "double-encoded" in found else found


def _uppercase(body: bytes) -> set[bytes]:
    return set(_UPPER_ESCAPE.findall(body)) - {b"\\u003C", b"\\u003c"}


def _keys(body: bytes) -> list[str]:
    keys: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        keys.extend(key for key, _ in pairs)

    json.loads(body.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=note)
    return keys


def _encoded(value: Any) -> Iterator[bytes]:
    for encode in _ENCODERS:
        try:
            yield encode(value)
        except (RecursionError, ValueError):  # Nested too deeply, or a number beyond the range of a float.
            continue


def _reordered(value: Any) -> Iterator[Any]:
    if not isinstance(value, dict) or not isinstance(value.get("entry"), list):
        return
    if len(value["entry"]) > _MOST_ENTRIES:
        return
    for body, entry, change in itertools.product(*_ORDERS):
        yield _ordered({**value, "entry": [_reorder_entry(one, entry, change) for one in value["entry"]]}, body)


def _reorder_entry(entry: Any, order: tuple[str, ...], change: tuple[str, ...]) -> Any:
    if isinstance(entry, dict) and isinstance(changes := entry.get("changes"), list):
        entry = {**entry, "changes": [_ordered(one, change) for one in changes]}
    return _ordered(entry, order)


def _ordered(value: Any, order: tuple[str, ...]) -> Any:
    if not isinstance(value, dict):
        return value
    known = {key: value[key] for key in order if key in value}
    return known | value
