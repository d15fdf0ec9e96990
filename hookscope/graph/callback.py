"""Callback URLs, compared: what a Graph API answers need not be spelled as it was given."""

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def same_callback(left: str, right: str) -> bool:
    """Whether two callback URLs are the same place: the case of the host, a default port and a bare root aside."""
    return left == right or _canonical(left) == _canonical(right)


def _canonical(url: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return (url,)
    return (parts.scheme, parts.username or "", parts.hostname or "", str(port), parts.path or "/", parts.query)
