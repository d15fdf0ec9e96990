"""The items of a batch: several calls in one POST.

Source: Meta's guide "Batch requests" (read 2026-11-29). Items are carried out in their order; files, and values of
other items (`{result=…}`), are not taken.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from hookscope.sandbox.call import Call
from hookscope.sandbox.errors import invalid_parameter, missing_parameter
from hookscope.sandbox.parameters import Parameters, form_pairs

_OF_TOKEN = ("appsecret_proof", "appsecret_time")


class Item(Struct, frozen=True, kw_only=True):
    """One call, as the batch writes it: `path` is relative, with or without a version."""

    method: str
    path: str
    parameters: Parameters


def read_item(item: Mapping[str, Any], batch: Call) -> Item:
    """Parse an item; raises GraphApiError for an invalid one.

    An item without a token of its own uses the batch's, and its proof.
    """
    method, url, body = item.get("method", "GET"), item.get("relative_url"), item.get("body") or ""
    if url is None:
        raise missing_parameter("relative_url")
    if not isinstance(method, str) or not isinstance(url, str) or not isinstance(body, str):
        raise invalid_parameter()
    path, _, query = url.partition("?")
    pairs = [*form_pairs(body), *form_pairs(query)]
    if not any(name == "access_token" for name, _ in pairs):
        pairs += [(name, value) for name in _OF_TOKEN if (value := batch.parameters.text(name))]
    return Item(method=method.upper(), path=unquote(path), parameters=Parameters(pairs))
