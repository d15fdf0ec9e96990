"""The engine's socket: how views, and other commands of the same user, watch a run and ask things of it.

HTTP over a Unix socket of mode 0600. `GET /status` is the run's Status; `GET /watch` the same as one line of JSON
whenever it changed; `GET /feed` the JSON event stream; `POST /stop` and `POST /replay` ask for those, and
`POST /trigger` has its body, the bytes of a notification, signed and delivered to the run's own callback. An error is
`{"error": {"message", "hint"}}` with a status of 4xx.
"""

import asyncio
import base64
import io
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

from hookscope.errors import HookscopeError
from hookscope.formats import event_stream
from hookscope.model.feed import Feed
from hookscope.model.record import Delivery
from hookscope.model.run_events import Captured, Delivered, Item
from hookscope.views.status import Status, advance, count

_BASE = "http://hookscope"
_MOST_BYTES = 16 << 20
"""Of a notification that is to be triggered: as much as a receiver takes."""

_LARGEST_QUESTION = 2 * _MOST_BYTES
"""A body of that size in Base64."""

_DEADLINE = ClientTimeout(total=60, sock_connect=5)
"""For what is asked of a run, which may have to wait for an application: longer than it waits itself."""

_COUNTED_AT_ONCE = 100
_WATCH_SECONDS = 0.1
"""A view repaints at most ten times a second: more often nobody can see."""


class Board:
    """The run's status, and a way to wait for the next one.

    Captures and deliveries are folded in many at a time: there may be thousands between two looks.
    """

    def __init__(self, status: Status) -> None:
        self._status = status
        self._captured: list[Captured] = []
        self._delivered: dict[str, Delivered] = {}
        self._changed = asyncio.Event()

    @property
    def status(self) -> Status:
        """The status now; the same object until something changes."""
        if self._captured or self._delivered:
            self._fold()
        return self._status

    def update(self, item: Item) -> None:
        """Fold an item into the status."""
        if isinstance(item, Delivered):
            self._delivered[item.delivery.target] = item  # The last one is all that shows.
        elif isinstance(item, Captured):
            self._captured.append(item)
            if len(self._captured) >= _COUNTED_AT_ONCE:
                self._fold()
        else:
            self._status = advance(self.status, item)
        self._changed.set()

    def set(self, status: Status) -> None:
        """Replace the status."""
        self._status = status
        self._changed.set()

    async def next(self, known: Status) -> Status:
        """The status, as soon as it is another than `known`."""
        while self.status is known:
            self._changed.clear()
            await self._changed.wait()
        return self.status

    def _fold(self) -> None:
        if self._captured:
            self._status = count(self._status, self._captured)
            self._captured.clear()
        for delivered in self._delivered.values():
            self._status = advance(self._status, delivered)
        self._delivered.clear()


class Controlled(Protocol):
    """What the socket needs of an engine."""

    board: Board
    feed: Feed

    def stop(self, reason: str) -> None:
        """Begin to put everything back and to end."""

    def insist(self) -> None:
        """End at once, when everything is being put back already."""

    async def replay(self, number: int, to: str | None, body: bytes | None) -> Delivery:
        """Send a capture again, with another body signed anew if one is given; raises HookscopeError when it cannot."""

    async def trigger(self, body: bytes) -> Delivery:
        """Send a notification to the run's own callback; raises HookscopeError."""


class ControlServer:
    """Serves an engine on a listening Unix socket; an async context manager."""

    def __init__(self, engine: Controlled, listener: socket.socket) -> None:
        self._engine = engine
        app = web.Application(client_max_size=_LARGEST_QUESTION)
        app.router.add_get("/status", self._status)
        app.router.add_get("/watch", self._watch)
        app.router.add_get("/feed", self._feed)
        app.router.add_post("/stop", self._stop)
        app.router.add_post("/replay", self._replay)
        app.router.add_post("/trigger", self._trigger)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._listener = listener

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.SockSite(self._runner, self._listener).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(self._engine.board.status.to_json())

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        response = await _open_stream(request)
        status = self._engine.board.status
        with suppress(ConnectionError):
            while True:
                await response.write(_json_line(status.to_json()))
                if status.exit_code is not None:
                    return response
                await asyncio.sleep(_WATCH_SECONDS)
                status = await self._engine.board.next(status)
        return response

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        response = await _open_stream(request)
        with self._engine.feed.subscribe() as subscriber, suppress(ConnectionError):
            while items := await subscriber.read():
                values = (event_stream.item_json(item) for item in items)
                await response.write(b"".join(_json_line(value) for value in values if value))
        return response

    async def _stop(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        if wanted.get("insist") is True:
            self._engine.insist()
        self._engine.stop(str(wanted.get("reason") or "asked over the control socket"))
        return web.json_response({}, status=202)

    async def _replay(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        number, to, encoded = wanted.get("id"), wanted.get("to"), wanted.get("body_base64")
        if not isinstance(number, int) or not isinstance(to, str | None) or not isinstance(encoded, str | None):
            return _refuse("`id` wants a number, `to` and `body_base64` a text", None)
        try:
            body = None if encoded is None else base64.b64decode(encoded, validate=True)
            delivery = await self._engine.replay(number, to, body)
        except ValueError:
            return _refuse("`body_base64` is not Base64", None)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response(event_stream.delivery_json(delivery))

    async def _trigger(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
            if len(body) > _MOST_BYTES:
                return _refuse(f"the notification is over {_MOST_BYTES >> 20} MiB", None)
            delivery = await self._engine.trigger(body)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response(event_stream.delivery_json(delivery))


class ControlClient:
    """Talks to the engine behind a socket; an async context manager. Raises HookscopeError."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            _BASE, connector=UnixConnector(self._path), timeout=ClientTimeout(total=None, sock_connect=5)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def watch(self) -> AsyncIterator[Status]:
        """The run's status, now and whenever it changes; ends when the run is over or its process gone."""
        async for value in self._lines("/watch"):
            yield Status.from_json(value)

    async def feed(self) -> AsyncIterator[dict[str, Any]]:
        """The JSON event stream from now on; ends when the run is over or its process gone."""
        async for value in self._lines("/feed"):
            yield value

    async def stop(self, reason: str, *, insist: bool = False) -> None:
        """Ask the run to put everything back and to end; to `insist` ends one that does so already at once."""
        await self._post("/stop", {"reason": reason, "insist": insist})

    async def replay(self, number: int, to: str | None = None, body: bytes | None = None) -> dict[str, Any]:
        """Have a capture sent again, and wait for what became of it: a `delivery` of the event stream.

        A `body` is sent in place of its own; the run signs it again, unless it is the same.
        """
        encoded = None if body is None else base64.b64encode(body).decode("ascii")
        return await self._post("/replay", {"id": number, "to": to, "body_base64": encoded})

    async def trigger(self, body: bytes) -> dict[str, Any]:
        """Have a notification delivered to the run itself: a `delivery` of the event stream, which names its capture.

        `hookscope.samples` makes bodies.
        """
        return await self._post("/trigger", body)

    async def _lines(self, path: str) -> AsyncIterator[dict[str, Any]]:
        with suppress(ClientError, OSError):
            async with self._session.get(path, read_bufsize=1 << 20) as response:
                unfinished = b""
                async for chunk in response.content.iter_any():
                    *lines, unfinished = (unfinished + chunk).split(b"\n")
                    for line in lines:
                        yield json.loads(line)

    async def _post(self, path: str, value: Mapping[str, Any] | bytes) -> dict[str, Any]:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        try:
            async with self._session.post(path, data=io.BytesIO(body), timeout=_DEADLINE) as response:
                answer: dict[str, Any] = await response.json()
        except TimeoutError as error:
            raise HookscopeError(
                f"the run has not answered within {_DEADLINE.total:.0f} s: its process may be suspended (Ctrl-Z)",
                hint="type `fg` where it was started, or `kill -CONT` with its process id, and try again",
            ) from error
        except (ClientError, OSError, ValueError) as error:
            raise HookscopeError("the run does not answer", hint="is its process still there?") from error
        if response.status >= 400:
            raise HookscopeError(answer["error"]["message"], hint=answer["error"]["hint"])
        return answer


async def _open_stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    return response


async def _read_object(request: web.Request) -> Mapping[str, Any]:
    try:
        value = await request.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _json_line(value: Mapping[str, Any]) -> bytes:
    return event_stream.line(value).encode() + b"\n"


def _refuse(message: str, hint: str | None) -> web.Response:
    return web.json_response({"error": {"message": message, "hint": hint}}, status=409)
