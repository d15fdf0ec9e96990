"""Removing access tokens from the Graph API's answers: the links between pages contain the caller's own.

Source: Meta's guide "Paginated results": `paging.next` and `paging.previous` are whole addresses of the next call.
"""

import re
from typing import Any

_HIDDEN = "•••"
_KEYS = frozenset(("access_token", "page_token", "appsecret_proof", "client_secret"))
_PARAMETER = re.compile(
    r"((?:access_token|page_token|appsecret_proof|input_token|client_secret|fb_exchange_token)(?:=|%3D))"
    r"[^&\s\"'<>#]*",
    re.IGNORECASE,
)


def strip_tokens(value: Any) -> Any:
    """Return a JSON value without access tokens, whether they stand under a key or within an address."""
    match value:
        case dict():
            return {key: _HIDDEN if key in _KEYS else strip_tokens(inner) for key, inner in value.items()}
        case list():
            return [strip_tokens(inner) for inner in value]
        case str():
            return _PARAMETER.sub(rf"\1{_HIDDEN}", value)
        case _:
            return value
