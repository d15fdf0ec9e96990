"""The HTTP surface of the Graph API: versions, tokens, batches, envelopes and headers.

Sources: recorded answers for the response headers, Meta's guide "Rate limits" for the usage headers, its page on
versioning for `facebook-api-version`, and its guide "Batch requests" (read 2026-11-29).
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from aiohttp import web

from hookscope.meta import wire
from hookscope.sandbox.batch import read_item
from hookscope.sandbox.call import Call
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.edges import Edges
from hookscope.sandbox.errors import (
    GraphApiError,
    invalid_parameter,
    too_many_ids,
    too_many_items,
    unknown_alias,
    unknown_path,
)
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.parameters import Parameters, read_parameters
from hookscope.sandbox.world import World

DASHBOARD_VERSION = "v25.0"
"""The version that a made-up app has chosen."""

_ENDS = {
    "v19.0": date(2026, 5, 21),
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
    "v26.0": date.max,
}


def version_served(asked: str | None, today: date) -> str | None:
    """Return the version that answers a call, or None when the requested one does not exist yet."""
    wanted = _number(asked or DASHBOARD_VERSION)
    return next((name for name, end in _ENDS.items() if _number(name) >= wanted and end > today), None)


def _number(version: str) -> tuple[int, int]:
    major, _, minor = version.removeprefix("v").partition(".")
    return int(major), int(minor)


_METHODS = ("GET", "POST", "DELETE")
_MOST_ITEMS = 50
_VERSION = re.compile(r"v\d+\.\d+")
_LIMITS = {
    4: "Application request limit reached",
    17: "User request limit reached",
    32: "Page request limit reached",
    341: "Application limit reached",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    613: "Calls to this api have exceeded the rate limit.",
}
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "private, no-cache, no-store, must-revalidate",
    "Expires": "Sat, 01 Jan 2000 00:00:00 GMT",
    "Pragma": "no-cache",
    "Strict-Transport-Security": "max-age=15552000; preload",
    "Vary": "Accept-Encoding",
    "x-fb-rev": "1030000000",
}


class GraphApi:
    """Answers HTTP requests as graph.facebook.com does."""

    def __init__(self, world: World, edges: Edges, knobs: Knobs, clock: SandboxClock) -> None:
        self._world = world
        self._edges = edges
        self._knobs = knobs
        self._clock = clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request on a path of the Graph API."""
        version = DASHBOARD_VERSION
        try:
            version, path = self._route(request.path)
            call = _call(request.method, version, path, await read_parameters(request), _bearer(request))
            if call.method == "POST" and self._knobs.slow_post:
                await self._clock.sleep(self._knobs.slow_post)
            failure = self._failure(call.method)
            if failure.isdecimal() and len(failure) == 3:
                return web.Response(status=int(failure), text="Service Unavailable")
            body = await self._carry_out(call)
            if failure and request.transport:
                request.transport.abort()  # carried out, but the answer is lost
        except GraphApiError as error:
            return self._answer(version, error.envelope(_trace_id()), error)
        return self._answer(version, body)

    async def _carry_out(self, call: Call) -> Any:
        items = call.parameters.objects("batch") if call.method == "POST" else None
        if items is None:
            return await self._carry_out_one(call)
        if len(items) > _MOST_ITEMS:
            raise too_many_items(_MOST_ITEMS)
        with_headers = call.parameters.flag("include_headers") is not False
        return [await self._item(call, item, with_headers=with_headers) for item in items]

    async def _carry_out_one(self, call: Call) -> Mapping[str, Any]:
        ids = call.parameters.names("ids") if call.method == "GET" else None
        if ids is None:
            return await self._edges.carry_out(call)
        if not ids:
            raise invalid_parameter()
        if len(ids) > _MOST_ITEMS:
            raise too_many_ids(len(ids), _MOST_ITEMS)
        return {node: await self._of_many(call, node) for node in ids}

    async def _of_many(self, call: Call, node: str) -> Mapping[str, Any]:
        try:
            return await self._edges.carry_out(call.of(node))
        except GraphApiError as error:
            raise unknown_alias(node) if error.is_unknown_object else error from error

    async def _item(self, batch: Call, item: Mapping[str, Any], *, with_headers: bool) -> dict[str, Any]:
        """Return the answer to one item of a batch; its failure does not affect the others."""
        version, failed = batch.version, None
        try:
            asked = read_item(item, batch)
            version, path = self._route(asked.path, unless_named=batch.version)
            body = await self._carry_out_one(_call(asked.method, version, path, asked.parameters, batch.token))
        except GraphApiError as error:
            body, failed = error.envelope(_trace_id()), error
        encoded = wire.encode(body)
        headers = [{"name": name, "value": text} for name, text in self._headers(version, encoded, failed).items()]
        answer = {"code": failed.status if failed else 200, "body": encoded.decode()}
        return {**answer, "headers": headers} if with_headers else answer

    def _route(self, path: str, unless_named: str | None = None) -> tuple[str, tuple[str, ...]]:
        """Return the version that serves a path, and the rest of the path."""
        parts = tuple(part for part in path.split("/") if part)
        asked = parts[0] if parts and _VERSION.fullmatch(parts[0]) else None
        served = version_served(asked or unless_named, self._clock.now().date())
        if served is None:
            raise unknown_path(path)
        return served, parts[1:] if asked else parts

    def _failure(self, method: str) -> str:
        """Return how this call is to fail, or an empty text when it is not; a failure with an envelope is raised."""
        knobs = self._knobs
        if knobs.limited_calls > 0:
            knobs.limited_calls -= 1
            text = f"(#{knobs.limit_code}) {_LIMITS.get(knobs.limit_code, 'Limit reached')}"
            raise GraphApiError(text, code=knobs.limit_code, status=403 if knobs.limit_code == 4 else 400)
        if knobs.failing_calls <= 0 or knobs.failing_method.upper() not in ("", method):
            return ""
        knobs.failing_calls -= 1
        if knobs.call_failure == "1":
            raise GraphApiError("An unknown error occurred", code=1, status=500, transient=True)
        if knobs.call_failure == "2":
            raise GraphApiError("Service temporarily unavailable", code=2, status=500, transient=True)
        return knobs.call_failure

    def _answer(self, version: str, body: Any, error: GraphApiError | None = None) -> web.Response:
        encoded = wire.encode(body)
        headers = self._headers(version, encoded, error)
        return web.Response(status=error.status if error else 200, body=encoded, headers=headers)

    def _headers(self, version: str, encoded: bytes, error: GraphApiError | None) -> dict[str, str]:
        headers = {
            **_HEADERS,
            "Content-Type": "application/json; charset=UTF-8",
            "facebook-api-version": version,
            "x-fb-request-id": _trace_id(),
            "x-fb-trace-id": _trace_id(),
            "x-fb-debug": secrets.token_urlsafe(32),
            "x-app-usage": self._usage(error),
        }
        if error is None:
            return {**headers, "Etag": f'"{hashlib.sha1(encoded, usedforsecurity=False).hexdigest()}"'}
        headers["WWW-Authenticate"] = error.challenge
        return {**headers, "x-business-use-case-usage": self._page_usage()} if error.code == 32 else headers

    def _usage(self, error: GraphApiError | None) -> str:
        percent = 100 if error and error.code in (4, 17) else self._knobs.usage_percent
        return json.dumps({"call_count": percent, "total_cputime": 0, "total_time": 0})

    def _page_usage(self) -> str:
        usage = {"type": "pages", "call_count": 100, "total_cputime": 0, "total_time": 0}
        return json.dumps({self._world.page.id: [{**usage, "estimated_time_to_regain_access": 5}]})


def _call(method: str, version: str, path: tuple[str, ...], parameters: Parameters, bearer: str | None) -> Call:
    """Return the intended call: a parameter of a POST may name another method."""
    meant = (parameters.text("method") or "").upper() if method == "POST" else ""
    return Call(
        method=meant if meant in _METHODS else method,
        version=version,
        path=path,
        token=parameters.text("access_token") or bearer,
        parameters=parameters,
    )


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "oauth") else None


def _trace_id() -> str:
    """Return 22 or 23 characters of base64url that begin with A, as Meta's trace ids do since 2021."""
    return "A" + secrets.token_urlsafe(16)
