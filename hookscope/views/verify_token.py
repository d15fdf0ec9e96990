"""Verify tokens, which no screen shows."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

PARAMETER = "hub.verify_token"
MASK = f"{'•' * 8} not shown"

_IN_QUERY = re.compile(r"(hub(?:\.|%2e)verify_token=)[^&#]*", re.IGNORECASE)


def masked_target(target: str) -> str:
    """Return a request target without its verify token."""
    return _IN_QUERY.sub(r"\1•••", target)


def masked_query(target: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a request target, the verify token masked."""
    for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
        yield name, MASK if name.lower() == PARAMETER else value
