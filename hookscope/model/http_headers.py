"""Header fields that belong to one connection and are not passed on (RFC 9110, section 7.6.1)."""

from collections.abc import Sequence

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


def hop_by_hop(headers: Headers, names: Sequence[bytes]) -> frozenset[bytes]:
    """Return the names, in lowercase, of the hop-by-hop fields: the usual ones, and those that `Connection` names.

    `names` are the lowercase names of the headers, which every caller needs for the comparison anyway.
    """
    if b"connection" not in names:
        return _ALWAYS
    listed = [value for name, (_, value) in zip(names, headers, strict=True) if name == b"connection"]
    return _ALWAYS.union(name.strip().lower() for name in b",".join(listed).split(b",") if name.strip())
