"""The header lines that are passed on to an application: the end-to-end ones, in order."""

from collections.abc import Sequence

from hookscope.model.http_headers import hop_by_hop
from hookscope.model.record import Headers, Request

_RENEWED = frozenset((b"host", b"content-length"))
_FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")


def outgoing(request: Request, host: bytes, extra: Headers = ()) -> Headers:
    """Return all header lines for sending a request on to `host`, in their order and case.

    `Host` and `Content-Length` are those of the new request, in the old ones' places; `X-Forwarded-*` is added where no
    proxy has set it before; `extra` replaces the lines of the same names.
    """
    names = [name.lower() for name, _ in request.headers]
    replaced = frozenset([name.lower() for name, _ in extra])
    dropped = hop_by_hop(request.headers, names) | replaced
    renewed = {b"host": host, b"content-length": b"%d" % len(request.body)}
    lines = []
    for lower, line in zip(names, request.headers, strict=True):
        if lower in renewed:
            lines.append((line[0], renewed.pop(lower)))
        elif lower not in dropped and lower not in _RENEWED:
            lines.append(line)
    if b"host" in renewed:
        lines.insert(0, (b"Host", host))
    if b"content-length" in renewed and request.method != "GET":
        lines.append((b"Content-Length", renewed[b"content-length"]))
    for lower, line in zip(_FORWARDED, _forwarded(request, names), strict=True):
        if line[1] and lower not in replaced and (lower not in names or lower in dropped):
            lines.append(line)
    return (*lines, *extra)


def _forwarded(request: Request, names: Sequence[bytes]) -> Headers:
    return (
        (b"X-Forwarded-For", request.remote.encode("latin-1", "replace")),
        (b"X-Forwarded-Host", request.headers[names.index(b"host")][1] if b"host" in names else b""),
        (b"X-Forwarded-Proto", b"http"),
    )
