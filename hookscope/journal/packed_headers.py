"""Headers as the journal stores them: a byte for what nearly all notifications say alike, and signatures as bytes.

The headers of a notification took a quarter of a journal of comments. Each line is one of these:

| first byte | then |
|---|---|
| a code of `_LINES` | nothing |
| a code of `_SIGNATURES` | the bytes of the signature |
| a code of `_NAMES` | the value, CR LF |
| 0xFF | `Name: value`, CR LF, for a name that begins with such a byte |
| any other | the rest of `Name: value`, CR LF |

So the lines of earlier versions, which are all of the last kind, read as what they are. A code never changes its
meaning; a new one takes the next number.
"""

from binascii import hexlify, unhexlify

from hookscope.model import header_lines
from hookscope.model.record import Headers

_END = b"\r\n"
_ODD = 0xFF
_LINES = {
    0x80: (b"Content-Type", b"application/json"),
    0x81: (b"User-Agent", b"facebookexternalua"),
    0x82: (b"Accept", b"*/*"),
    0x83: (b"Accept-Encoding", b"deflate, gzip"),
    0x84: (b"X-Forwarded-Proto", b"https"),
    0x85: (b"Accept-Encoding", b"gzip"),
    0x86: (b"Connection", b"close"),
    0x87: (b"Connection", b"keep-alive"),
}
_SIGNATURES = {
    0xA0: (b"X-Hub-Signature-256", b"sha256=", 32),
    0xA1: (b"X-Hub-Signature", b"sha1=", 20),
    0xA2: (b"x-hub-signature-256", b"sha256=", 32),
    0xA3: (b"x-hub-signature", b"sha1=", 20),
}
_NAMES = {
    0xC0: b"Host",
    0xC1: b"Content-Length",
    0xC2: b"Content-Type",
    0xC3: b"User-Agent",
    0xC4: b"Accept",
    0xC5: b"Accept-Encoding",
    0xC6: b"X-Forwarded-For",
    0xC7: b"X-Forwarded-Host",
    0xC8: b"X-Forwarded-Proto",
    0xC9: b"X-Forwarded-Server",
    0xCA: b"X-Real-Ip",
}
_CODE_OF_LINE = {line: bytes([code]) for code, line in _LINES.items()}
_CODE_OF_SIGNATURE = {
    name: (bytes([code]), prefix, len(prefix) + 2 * size) for code, (name, prefix, size) in _SIGNATURES.items()
}
_CODE_OF_NAME = {name: bytes([code]) for code, name in _NAMES.items()}


def pack(headers: Headers) -> bytes:
    """Return headers as they are stored; the HTTP parser refuses CR and LF in them, and colons in names."""
    return b"".join([_CODE_OF_LINE.get(line) or _pack_line(*line) for line in headers])


def pack_lines(lines: bytes) -> bytes:
    """Return the result of `header_lines.pack_texts` as it is stored."""
    return pack(header_lines.unpack(lines))


def unpack(packed: bytes) -> Headers:
    """Return stored headers, also those that an earlier version stored."""
    if packed.isascii():
        return header_lines.unpack(packed)
    found: list[tuple[bytes, bytes]] = []
    at, end = 0, len(packed)
    while at < end:
        code = packed[at]
        if line := _LINES.get(code):
            found.append(line)
            at += 1
        elif signature := _SIGNATURES.get(code):
            name, prefix, size = signature
            at += 1 + size
            found.append((name, prefix + hexlify(packed[at - size : at])))
        else:
            begin = at
            if (at := packed.find(_END, begin)) < 0:
                at = end
            if short := _NAMES.get(code):
                found.append((short, packed[begin + 1 : at]))
            else:
                name, _, value = packed[begin + (code == _ODD) : at].partition(b": ")
                found.append((name, value))
            at += len(_END)
    return tuple(found)


def _pack_line(name: bytes, value: bytes) -> bytes:
    if short := _CODE_OF_NAME.get(name):
        return short + value + _END
    if signature := _CODE_OF_SIGNATURE.get(name):
        code, prefix, length = signature
        if len(value) == length and value.startswith(prefix) and (digest := _unhex(value[len(prefix) :])):
            return code + digest
    return (b"" if name[:1].isascii() else bytes([_ODD])) + name + b": " + value + _END


def _unhex(digits: bytes) -> bytes | None:
    """Return the bytes that these digits stand for; None unless they are written as `hexlify` writes them."""
    try:
        return unhexlify(digits) if digits.islower() else None
    except ValueError:
        return None
