"""What a command or a test sends for a capture: the header lines that are not the connection's own affair."""

from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, SignatureVerdict
from hookscope.model.http_headers import hop_by_hop
from hookscope.model.record import Capture, Headers, Kind

SIGNATURES = {SHA1_HEADER.lower().encode(): "sha1", SHA256_HEADER.lower().encode(): "sha256"}
"""Signature headers in lowercase → the digest they carry."""

_OF_THE_MESSAGE = frozenset((b"host", b"content-length"))


def request_headers(capture: Capture) -> Headers:
    """The end-to-end header lines in order; `Host` and `Content-Length` are left to the client."""
    dropped = hop_by_hop(capture.request.headers) | _OF_THE_MESSAGE
    return tuple((name, value) for name, value in capture.request.headers if name.lower() not in dropped)


def is_signable(capture: Capture) -> bool:
    """Whether a new signature would stand for the old one: on a notification whose signature was not a wrong one."""
    return capture.kind is Kind.NOTIFICATION and capture.signature.verdict is not SignatureVerdict.INVALID


def headers_to_sign(headers: Headers) -> Headers:
    """The lines with a place for a signature: those that are there, else one at the end."""
    if any(name.lower() in SIGNATURES for name, _ in headers):
        return headers
    return (*headers, (SHA256_HEADER.encode(), b""))
