"""The parameters of a call, from the query, a form, or a JSON body.

All three occur: the documents show forms, one widely used product sends JSON, and Meta's samples use the query.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from hookscope.sandbox.errors import invalid_parameter

_MOST_PAIRS = 1000
_LIST_KEY = re.compile(r"(.+)\[\d*\]")


class Parameters:
    """Named values of a call. The body takes precedence over the query."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self._values: dict[str, list[Any]] = {}
        self._blank_lists: set[str] = set()
        for key, value in pairs:
            found = _LIST_KEY.fullmatch(key)
            name = found[1] if found else key
            if found and value == "":
                self._blank_lists.add(name)
            self._values.setdefault(name, []).append(value)

    def text(self, name: str) -> str | None:
        """Return the value as text, or None when it is missing or empty."""
        value = self._values.get(name, [None])[0]
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, str | int | float) and value != "" else None

    def flag(self, name: str) -> bool | None:
        """Return the value as a boolean, or None when it is missing."""
        value = self.text(name)
        return None if value is None else value.lower() in ("true", "1")

    def names(self, name: str) -> tuple[str, ...] | None:
        """Return the names in `a,b`, `a, b`, `["a","b"]` or `name[]=a&name[]=b`; None when the value is missing."""
        if name not in self._values:
            return None
        found: list[str] = []
        for value in self._values[name]:
            found.extend(_split(value))
        return tuple(dict.fromkeys(found))

    def joined(self, name: str) -> str | None:
        """Return the value as comma-separated text, whichever form the list had; None when it is missing."""
        parts = [part for value in self._values.get(name, []) for part in _listed(value)]
        return ",".join(parts) or None

    def object(self, name: str) -> Mapping[str, Any] | None:
        """Return the value as a JSON object, given as such or as text; None when it is missing."""
        value = self._decoded(name)
        if value is None or isinstance(value, dict):
            return value
        raise invalid_parameter()

    def objects(self, name: str) -> list[Mapping[str, Any]] | None:
        """Return the value as a JSON list of objects, given as such or as text; None when it is missing."""
        value = self._decoded(name)
        if value is None or (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
            return value
        raise invalid_parameter()

    def _decoded(self, name: str) -> Any:
        value = self._values.get(name, [None])[0]
        return _loads(value) if isinstance(value, str) else value

    def has_blank_item(self, name: str) -> bool:
        """Return whether the value is a list with an empty item (`name[]=`)."""
        return name in self._blank_lists


async def read_parameters(request: web.Request) -> Parameters:
    """Parse the parameters of a request; raises GraphApiError for an unreadable body."""
    pairs: list[tuple[str, Any]] = []
    try:
        if request.method != "GET" and request.content_type == "application/json":
            body = await request.json() if await request.read() else {}
            if not isinstance(body, dict):
                raise invalid_parameter()
            pairs.extend(body.items())
        elif request.method != "GET":
            pairs.extend((await request.post()).items())
    except (ValueError, RecursionError) as error:
        raise invalid_parameter() from error
    return Parameters([*pairs, *request.query.items()])


def form_pairs(text: str) -> list[tuple[str, str]]:
    """Parse the pairs of a query or a form; raises GraphApiError for too many."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PAIRS)
    except ValueError as error:
        raise invalid_parameter() from error


def _split(value: Any) -> list[str]:
    return [name.strip() for part in _listed(value) for name in part.split(",") if name.strip()]


def _listed(value: Any) -> list[str]:
    """Return the texts in a value that is a list, a list in JSON, or a single text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _loads(value)
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid_parameter() from error
