"""Header fields that belong to one connection and are not passed on (RFC 9110, section 7.6.1)."""

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
    """Return the names, in lowercase, of the hop-by-hop fields: the usual ones, and those that `Connection` names."""
    listed = b",".join([value for name, value in headers if name.lower() == b"connection"])
    return _ALWAYS.union(name.strip().lower() for name in listed.split(b",") if name.strip()) if listed else _ALWAYS
