"""Meta's JSON on the wire.

The signature covers the raw bytes, and those arrive escaped in Meta's own way: ASCII only, `/` as `\\/`, and `<`, `%`
and `@` as `\\uXXXX`. Source: captures, and Meta's Messenger documentation on validating payloads.
"""

import json
from typing import Any

import msgspec

_ESCAPES = (("/", "\\/"), ("%", "\\u0025"), ("@", "\\u0040"), ("<", "\\u003C"))


def encode(value: Any) -> bytes:
    """Encode a JSON value byte for byte as Meta sends it: no blanks, lowercase hex but for `\\u003C`.

    The four characters can only stand inside strings of the compact form, so replacing them afterwards is exact.
    Raises ValueError for a number beyond the range of a float, which JSON cannot hold.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for char, escaped in _ESCAPES:
        text = text.replace(char, escaped)
    return text.encode("ascii")


def decode(body: bytes) -> Any:
    """Decode a JSON body; raises ValueError with a readable reason for anything that is not JSON.

    A hostile body, such as deep nesting or a huge integer, fails here like any other malformed body.
    """
    value = _decode(body)
    if body.count(b"[") + body.count(b"{") > LEVELS and is_too_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


def _decode(body: bytes) -> Any:
    if len(body) > _LARGE:
        return _decode_odd(body)
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _decode_odd(body)


def is_too_deep(value: Any) -> bool:
    """Return whether lists and objects lie more than LEVELS deep in each other."""
    level: list[Any] = [[value]]
    for _ in range(LEVELS + 1):
        inner = (part.values() if isinstance(part, dict) else part for part in level)
        if not (level := [one for parts in inner for one in parts if isinstance(one, _NESTING)]):
            return False
    return True


def _decode_odd(body: bytes) -> Any:
    """Decode what msgspec refuses: halves of characters and numbers beyond a float's range; or say what is wrong.

    Large bodies, too: other threads get their turn between two objects, with msgspec only after the whole body.
    """
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):  # For these, a decoder only says that it expected a value.
            raise json.JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0)
        return _ODD_DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise ValueError(f"the body is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = error.msg.lower().removesuffix(" at").removesuffix(" starting")
        raise ValueError(f"the body is not JSON: {what} ({where})" if body else "no body") from error
    except ValueError as error:
        raise ValueError("the body is not readable JSON: a number is too long or malformed") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _give_way(value: Any) -> Any:
    """Return the value: while Python runs a function, other threads can have the interpreter's lock."""
    return value


LEVELS = 500
"""Deeper JSON is refused. Meta's has some ten levels; a function of ours that calls itself for each has 1,000 at most.

Decoders have limits of their own, which grow from one Python to the next: 1,000 in 3.11, 10,000 in 3.13, and in 3.14 as
many as the stack holds.
"""
_NESTING = (dict, list)
_TOO_DEEP = "the JSON is nested too deeply"
_DECODER = msgspec.json.Decoder()
_ODD_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_hook=_give_way)
_LARGE = 512 << 10
"""Here a body takes msgspec some 5 ms, and Python's decoder 7."""
