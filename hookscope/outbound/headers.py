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
        b"expect",
    )
)


def outgoing(request: Request, host: bytes, extra: Headers = ()) -> Headers:
    """All header lines for sending a request on to `host`, order and case kept.

    `Host` and `Content-Length` are those of the new request, in the old ones' places; `X-Forwarded-*` is added where no
    proxy has set it before; `extra` replaces the lines of the same names.
    """
    given = {name.lower() for name, _ in extra}
    dropped = _HOP_BY_HOP | _named_by_connection(request.headers) | given
    renewed = {b"host": host, b"content-length": b"%d" % len(request.body)}
    lines = []
    for name, value in request.headers:
        if (key := name.lower()) in renewed:
            lines.append((name, renewed.pop(key)))
        elif key not in dropped and key not in (b"host", b"content-length"):
            lines.append((name, value))
    if b"host" in renewed:
        lines.insert(0, (b"Host", host))
    if b"content-length" in renewed and request.method != "GET":
        lines.append((b"Content-Length", renewed[b"content-length"]))
    present = {name.lower() for name, _ in lines} | given
    added = [(name, value) for name, value in _forwarded(request) if value and name.lower() not in present]
    return (*lines, *added, *extra)


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
