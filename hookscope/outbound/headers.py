"""The header lines that go on to an application: what the sender wrote for the receiver of the message, in order.

Hop-by-hop fields concern one connection only and end here (RFC 9110, section 7.6.1).
"""

from hookscope.capture.record import Headers, Request

_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
_OF_THE_CONNECTION = frozenset((b"host", b"content-length", b"expect"))


def end_to_end(request: Request) -> Headers:
    """The request's end-to-end headers, plus `X-Forwarded-*` where no proxy has set them before.

    `Host` and `Content-Length` are left to the client that opens the new connection.
    """
    dropped = _HOP_BY_HOP | _OF_THE_CONNECTION | _named_by_connection(request.headers)
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in dropped)
    present = {name.lower() for name, _ in kept}
    return (*kept, *((name, value) for name, value in _forwarded(request) if value and name.lower() not in present))


def _forwarded(request: Request) -> Headers:
    host = next((value for name, value in request.headers if name.lower() == b"host"), b"")
    return (
        (b"X-Forwarded-For", request.remote.encode("latin-1", "replace")),
        (b"X-Forwarded-Host", host),
        (b"X-Forwarded-Proto", b"http"),
    )


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    listed = b",".join(value for name, value in headers if name.lower() == b"connection")
    return frozenset(name.strip().lower() for name in listed.split(b",") if name.strip())
