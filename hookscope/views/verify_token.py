"""Verify tokens, which no screen shows."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from hookscope.meta import verify_token

MASK = f"{'•' * 8} not shown"


def masked_target(target: str) -> str:
    """Return a request target without its verify token."""
    return verify_token.masked_target(target, "•••")


def masked_query(target: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a request target, the verify token masked."""
    for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
        yield name, MASK if verify_token.is_verify_token(name) else value
