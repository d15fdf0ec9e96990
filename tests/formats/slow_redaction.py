"""Redaction by patterns that try every name at every byte: slow, and plain enough to compare the fast search with."""

import re
from urllib.parse import unquote_to_bytes

_MARK = b"REDACTED"
_NAMES = (
    b"access_token",
    b"app_secret",
    b"appsecret_proof",
    b"client_secret",
    b"fb_exchange_token",
    b"input_token",
    b"page_access_token",
    b"password",
    b"refresh_token",
    b"user_access_token",
    b"verify_token",
    b"hub.verify_token",
    b"hub_verify_token",
)
_IN_JSON = re.compile(
    rb'("(?P<name>(?:[^"\\]|\\.){1,64}+)"\s*:\s*)'
    rb'(?!null|true|false)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"{\[,}\]][^\s,}\]]*)',
    re.DOTALL,
)
_IN_QUERY = re.compile(rb"(?<![\w.%-])(?P<name>[\w.%-]{6,}+)=[^&\"\\\s#<>']+")
_IN_QUOTED_QUERY = re.compile(  # The secret of an address that is a value itself, percent-encoded up to four times.
    rb"((?:%s)%%(?:25){0,3}3D)(?:(?!%%(?:25){0,3}26)[^&\"\\\s#<>'])+" % b"|".join(map(re.escape, _NAMES)), re.IGNORECASE
)
_IN_ADDRESS = re.compile(rb"(:(?:\\?/){2}[^/@\s:\"\\]*:)[^/@\s\"\\]+(?=@|\\u0040)")
_TOKEN = re.compile(rb"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2}))(?:EAA|IGAA|IGQ)[A-Za-z0-9_-]{24,}")


def remove_secrets(text: bytes) -> bytes:
    """Return the text without secrets."""
    text = _IN_JSON.sub(_without_json_value, text)
    text = _IN_QUERY.sub(_without_query_value, text)
    text = _IN_QUOTED_QUERY.sub(rb"\1" + _MARK, text)
    text = _IN_ADDRESS.sub(rb"\1" + _MARK, text)
    return _TOKEN.sub(_MARK, text)


def _without_json_value(found: re.Match[bytes]) -> bytes:
    name = _unescaped(found["name"])
    return found[1] + b'"' + _MARK + b'"' if name.lower() in _NAMES else found[0]


def _without_query_value(found: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(found["name"]).lower()
    return found["name"] + b"=" + _MARK if name.endswith(_NAMES) else found[0]


def _unescaped(name: bytes) -> bytes:
    """Return a name in JSON without its escapes, which could hide it."""
    if b"\\" not in name:
        return name
    return re.sub(rb"\\u00([0-7][0-9a-fA-F])", lambda found: bytes.fromhex(found[1].decode()), name)
