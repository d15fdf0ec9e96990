"""The header lines that are passed on to an application: the end-to-end ones, in order."""

from hookscope.model.http_headers import hop_by_hop
from hookscope.model.record import Headers, Request


def outgoing(request: Request, host: bytes, extra: Headers = ()) -> Headers:
    """Return all header lines for sending a request on to `host`, in their order and case.

    `Host` and `Content-Length` are those of the new request, in the old ones' places; `X-Forwarded-*` is added where no
    proxy has set it before; `extra` replaces the lines of the same names.
    """
    given = {name.lower() for name, _ in extra}
    dropped = hop_by_hop(request.headers)
    renewed = {b"host": host, b"content-length": b"%d" % len(request.body)}
    lines, present = [], set(given)
    for name, value in request.headers:
        if (key := name.lower()) in renewed:
            lines.append((name, renewed.pop(key)))
        elif not (key in dropped or key in given or key in (b"host", b"content-length")):
            lines.append((name, value))
            present.add(key)
    if b"host" in renewed:
        lines.insert(0, (b"Host", host))
    if b"content-length" in renewed and request.method != "GET":
        lines.append((b"Content-Length", renewed[b"content-length"]))
    added = [(name, value) for name, value in _forwarded(request) if value and name.lower() not in present]
    return (*lines, *added, *extra)


def _forwarded(request: Request) -> Headers:
    hosts = [value for name, value in request.headers if name.lower() == b"host"]
    return (
        (b"X-Forwarded-For", request.remote.encode("latin-1", "replace")),
        (b"X-Forwarded-Host", hosts[0] if hosts else b""),
        (b"X-Forwarded-Proto", b"http"),
    )
