"""Finding secrets in bytes by their name or form, quickly also in bodies of 16 MiB.

Each pattern begins with one byte that is rare in text, and looks back from there for a name: patterns that tried the
names at every byte took twenty seconds for such a body.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

REDACTED = "REDACTED"

_MARK = REDACTED.encode()
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
_LONGEST = max(map(len, _NAMES))
_LAST_LETTERS = bytes(sorted({letter for name in _NAMES for letter in (name[-1], name.upper()[-1])}))


def _behind(name: bytes, sign: bytes) -> bytes:
    """Return a pattern of a sign that stands directly behind a name; `name` is the pattern of one, such as `"%s`."""
    names = b"|".join(rb"(?<=%s%s)" % (name % re.escape(one), sign) for one in _NAMES)
    return rb"%s(?<=[%s]%s)(?i:%s)" % (sign, _LAST_LETTERS, sign, names)


_JSON_VALUE = rb'\s*:\s*)(?!null|true|false)(?P<value>"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"{\[,}\]][^\s,}\]]*)'
_IN_JSON = re.compile(rb"(%s%s" % (_behind(b'"%s', b'"'), _JSON_VALUE), re.DOTALL)
_ESCAPED_KEY = re.compile(rb'\\u00[0-7][^"]*+(?:(")(?=\s*:))?')
"""A key may hide behind escapes; those of letters, digits, and `_` begin like this."""

_AFTER_KEY = re.compile(rb'("%s' % _JSON_VALUE, re.DOTALL)
_LONGEST_KEY = _LONGEST * len(rb"\u0061")

_QUERY_VALUE = rb"[^&\"\\\s#<>']+"
_IN_QUERY = re.compile(_behind(b"%s", b"=") + _QUERY_VALUE)
_ENCODED_NAME = re.compile(rb"%[\w.%-]*+(=?)")
_AFTER_NAME = re.compile(b"=" + _QUERY_VALUE)
_LONGEST_ENCODED = (_LONGEST + 1) * len(b"%61")

_IN_QUOTED_QUERY = re.compile(rb"(%s(?:25){0,3}3[Dd])(?:(?!%%(?:25){0,3}26)[^&\"\\\s#<>'])+" % _behind(b"%s", b"%"))
"""The secret of an address that is a value itself, percent-encoded up to four times."""

_IN_ADDRESS = re.compile(rb"(:(?:\\?/){2}[^/@\s:\"\\]*:)[^/@\s\"\\]+(?=@|\\u0040)")
_TOKENS = tuple(
    re.compile(rb"%s(?:(?<![A-Za-z0-9_-]%s)|(?<=%%[0-9A-Fa-f]{2}%s))[A-Za-z0-9_-]{24,}" % (start, start, start))
    for start in (b"EAA", b"IGAA", b"IGQ")
)
"""Graph API tokens of users, pages and system users begin with EAA, those of Instagram Login with IG."""


def remove_secrets(text: bytes) -> bytes:
    """Return the text with a mark in the place of each secret; everything else stays byte for byte."""
    text = _IN_JSON.sub(rb'\1"%s"' % _MARK, text)
    text = _replace(text, _escaped_keys(text), b'"%s"' % _MARK)
    text = _IN_QUERY.sub(b"=" + _MARK, text)
    text = _replace(text, _encoded_names(text), b"=" + _MARK)
    text = _IN_QUOTED_QUERY.sub(rb"\1" + _MARK, text)
    text = _IN_ADDRESS.sub(rb"\1" + _MARK, text)
    for pattern in _TOKENS:
        text = pattern.sub(_MARK, text)
    return text


def _replace(text: bytes, spans: Iterable[tuple[int, int]], mark: bytes) -> bytes:
    """Return the text with the mark in place of each span; one within another is out already."""
    pieces: list[bytes] = []
    end = 0
    for first, behind in spans:
        if first >= end:
            pieces += (text[end:first], mark)
            end = behind
    return b"".join((*pieces, text[end:])) if pieces else text


def _escaped_keys(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of the values of keys in JSON that escapes hide."""
    for escape in _ESCAPED_KEY.finditer(text):
        quote = escape.start(1)
        opening = text.rfind(b'"', max(0, quote - _LONGEST_KEY - 1), quote) if quote >= 0 else -1
        if opening >= 0 and _unescaped(text[opening + 1 : quote]).lower() in _NAMES:
            found = _AFTER_KEY.match(text, quote)
            if found:
                yield found.span("value")


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\u00([0-7][0-9a-fA-F])", lambda found: bytes.fromhex(found[1].decode()), name)


def _encoded_names(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of the values of parameters with a percent-encoded name, each with its equals sign."""
    for name in _ENCODED_NAME.finditer(text):
        equals = name.start(1)
        if not name[1] or not (text[equals - 1] in _LAST_LETTERS or text[equals - 3 : equals - 2] == b"%"):
            continue
        written = text[max(0, equals - _LONGEST_ENCODED) : equals]
        if unquote_to_bytes(written).lower().endswith(_NAMES) and (found := _AFTER_NAME.match(text, equals)):
            yield found.span()
