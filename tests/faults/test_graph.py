"""The Graph API failing at any call of a run, in any way, once or for good."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientError, ClientSession, web

from tests.bench.serving import served
from tests.e2e.conftest import Graph, Production
from tests.support.captures import feed_body
from tests.support.program import Home, Program, call, start
from tests.support.until import until

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]

_BEFORE = ("502", "reset", "not JSON", "half an answer", "1", "2", "4", "17", "100", "190", "200", "no object", "3xx")
_AFTER = ("lost", "502 all the same", "half of it")
_CODES = {0, 3, 4, 5, 7, 9}


class FaultyGraph:
    """A proxy before a Graph API; calls from `first` on fail, `count` of them, in one way."""

    def __init__(self, url: str, first: int, count: int, way: str) -> None:
        self._url, self._failing, self._way = url, range(first, first + count), way
        self._calls = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve it."""
        route = web.route("*", "/{rest:.*}", self._handle)
        async with ClientSession(auto_decompress=False) as self._session, served(route) as url:
            yield url

    def heal(self) -> None:
        """Let all further calls through."""
        self._failing = range(0)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._calls += 1
        fails = self._calls in self._failing
        if fails and self._way in _BEFORE:
            return await self._fail(request, self._way, b'{"data": []}')
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        url = f"{self._url}{request.raw_path}"
        async with self._session.request(request.method, url, data=body, headers=headers) as answer:
            content = await answer.read()
            if fails:
                return await self._fail(request, self._way, content)
            return web.Response(status=answer.status, body=content, content_type=answer.content_type)

    async def _fail(self, request: web.Request, way: str, content: bytes) -> web.StreamResponse:
        assert request.transport
        match way:
            case "502" | "502 all the same":
                return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")
            case "not JSON":
                return web.Response(text="<html>log in</html>", content_type="text/html")
            case "no object":
                return web.json_response(["not", "an", "object"])
            case "3xx":
                return web.Response(status=302, headers={"Location": "/elsewhere"})
            case "half an answer" | "half of it":
                response = web.StreamResponse(headers={"Content-Length": str(len(content) + 10)})
                await response.prepare(request)
                await response.write(content)
                request.transport.close()
                return response
            case "reset" | "lost":
                request.transport.abort()
                return web.Response()
            case code:
                error = {"message": "no", "type": "OAuthException", "code": int(code), "fbtrace_id": "A"}
                return web.Response(status=400, text=json.dumps({"error": error}), content_type="application/json")


async def test_the_app_is_as_before_whatever_call_fails(home: Home, graph: Graph, chance: random.Random) -> None:
    """Whatever fails: a documented exit code, no traceback, and one teardown afterwards makes the app as it was."""
    first, way = chance.randrange(1, 16), chance.choice((*_BEFORE, *_AFTER))
    faulty = FaultyGraph(graph.server.url, first, chance.choice((1, 1, 3, 1 << 30)), way)
    displaces = chance.random() < 0.5
    async with Production() as production:
        if displaces:
            await graph.preset(production.url, ["feed", "mention"])
        before = graph.registered
        takeover = ("--takeover", "--restore-verify-token", Production.token)
        command = ("run", "--json", "--exit-after", "1", "--timeout", "20", *(takeover if displaces else ()))
        async with faulty.serving() as url:
            environment = {**graph.environment, "HOOKSCOPE_GRAPH_URL": url}
            async with start(home, *command, environment=environment) as run:
                await _notify(graph, run, production)
                code = await run.end()
            assert code in _CODES, run.errors
            assert "Traceback" not in run.errors
            assert "unexpected" not in run.errors
            faulty.heal()
            done = await call(home, "teardown", environment=environment)
        assert done.code == 0, (first, way, done.stderr)
        assert graph.registered == before, (first, way, run.errors)


async def _notify(graph: Graph, run: Program, production: Production) -> None:
    """Send a notification once the run is registered, unless it ends before."""
    await until(lambda: run.process.returncode is not None or run.of("subscription.active"), seconds=60)
    if "page" in graph.registered and graph.registered["page"][0] != production.url:
        with suppress(ClientError):  # It may have ended.
            await graph.deliver(feed_body())
