"""Captures as resources: the newest ones, a single one with all details, and a body."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct, to_builtins

from hookscope.errors import UsageError
from hookscope.mcp.access import Access
from hookscope.mcp.reading import details_of, list_captures, show_capture
from hookscope.mcp.results import WARNING
from hookscope.mcp.shaping import body_text
from hookscope.mcp.untrusted import bounded, redacted, without_secrets
from hookscope.model.capture_id import CaptureName, parse_name

_BASE = "hookscope://captures"
_MOST_BODY = 256 << 10
"""In bytes."""


class ResourceKind(Struct, frozen=True, kw_only=True):
    """A kind of resource, with the template of its URI."""

    template: str
    name: str
    description: str
    read: Callable[..., dict[str, Any]]


def _object(result: Struct) -> dict[str, Any]:
    found: dict[str, Any] = to_builtins(result)
    return found


def _read_list(access: Access) -> dict[str, Any]:
    return _object(list_captures(access))


def _read_capture(access: Access, capture_id: CaptureName) -> dict[str, Any]:
    return _object(show_capture(access, capture_id))


def _read_body(access: Access, capture_id: CaptureName) -> dict[str, Any]:
    (capture,) = redacted([details_of(access, capture_id).capture], access)
    body = capture.request.body
    if len(body) > _MOST_BODY:
        raise UsageError(
            f"the body of #{capture.id} has {len(body):,} bytes, and at most {_MOST_BODY:,} are read",
            hint=f"show_capture has its beginning; the user sees it whole: hookscope captures show {capture.id} --raw",
        )
    text = body_text(body)
    return {"warning": WARNING, "untrusted_body": bounded(text, len(text))}


LIST = ResourceKind(
    template=_BASE, name="captures", description="The newest captures, with their events", read=_read_list
)
TEMPLATES = (
    ResourceKind(
        template=f"{_BASE}/{{id}}",
        name="capture",
        description="A capture: request, verdicts, and deliveries",
        read=_read_capture,
    ),
    ResourceKind(
        template=f"{_BASE}/{{id}}/body",
        name="capture-body",
        description="The whole body of a capture, up to 256 KiB",
        read=_read_body,
    ),
)


async def newest_resources(access: Access) -> list[tuple[str, str]]:
    """Return URI and name of the newest captures. Names hold nothing that came from outside."""
    found = await asyncio.to_thread(list_captures, access)
    return [(f"{_BASE}/{one.id}", f"#{one.id} {one.kind} {one.received_at}") for one in found.captures]


async def read_resource(uri: str, access: Access) -> str:
    """Return a resource as JSON. Raises HookscopeError."""
    read, arguments = _find(uri)
    value = await asyncio.to_thread(read, access, *arguments)
    return json.dumps(await asyncio.to_thread(without_secrets, value, access), ensure_ascii=False)


def _find(uri: str) -> tuple[Callable[..., dict[str, Any]], tuple[CaptureName, ...]]:
    if uri == LIST.template:
        return LIST.read, ()
    for kind in TEMPLATES:
        pattern = re.escape(kind.template).replace(r"\{id\}", r"(@?[1-9][0-9]{0,17})")
        if found := re.fullmatch(pattern, uri):
            return kind.read, (parse_name(found[1]),)
    known = ", ".join(kind.template for kind in (LIST, *TEMPLATES))
    raise UsageError(f"there is no resource {uri[:100]!r}", hint=f"the resources are: {known}")
