"""Header fields that concern one connection only and are not carried on to the next (RFC 9110, section 7.6.1)."""

from hookscope.model.record import Headers

_ALWAYS = frozenset(
    (
        b"connection",
        b"expect",
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


def hop_by_hop(headers: Headers) -> frozenset[bytes]:
    """The names, in lowercase, of the fields that end with the connection: the usual ones, and those it names."""
    listed = b",".join([value for name, value in headers if name.lower() == b"connection"])
    return _ALWAYS.union(name.strip().lower() for name in listed.split(b",") if name.strip()) if listed else _ALWAYS
