"""The header lines that a command or a test sends for a capture: the end-to-end ones."""

from hookscope.meta.signature import SHA256_HEADER, SignatureVerdict, is_signed
from hookscope.model.http_headers import hop_by_hop
from hookscope.model.record import Capture, Headers, Kind

_OF_THE_MESSAGE = frozenset((b"host", b"content-length"))


def request_headers(capture: Capture) -> Headers:
    """Return the end-to-end header lines in order; `Host` and `Content-Length` are left to the client."""
    headers = capture.request.headers
    names = [name.lower() for name, _ in headers]
    dropped = hop_by_hop(headers, names) | _OF_THE_MESSAGE
    return tuple(line for name, line in zip(names, headers, strict=True) if name not in dropped)


def is_signable(capture: Capture) -> bool:
    """Return whether a new signature may replace the old one: on a notification whose signature was not invalid."""
    return capture.kind is Kind.NOTIFICATION and capture.signature.verdict is not SignatureVerdict.INVALID


def headers_to_sign(headers: Headers) -> Headers:
    """Return the lines with a place for a signature: the existing ones, else one at the end."""
    if is_signed(headers):
        return headers
    return (*headers, (SHA256_HEADER.encode(), b""))
