"""The engine's socket, over which views and other commands of the same user watch a run and make requests.

HTTP over a Unix socket of mode 0600. `GET /status` is the run's Status; `GET /watch` the same as one line of JSON
whenever it changed; `GET /feed` the JSON event stream; `POST /stop` and `POST /replay` ask for those, and `POST
/trigger` has its body, the bytes of a notification, signed and delivered to the run's own callback. `POST /doctor`
answers the doctor's findings on the run, `POST /fetch` the Graph API's objects for a capture. The `id` of a capture is
a number, or `"@345"` for its number in a shared log. `POST /replayed` has the run publish replays that another process
has committed. `POST /redact` answers texts without the secrets that the run knows, and never says what these are. An
error is `{"error": {"message", "hint"}}` with a status of 4xx.
"""

import asyncio
import base64
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

from aiohttp import ClientTimeout, web

from hookscope.control.board import StatusBoard
from hookscope.errors import HookscopeError
from hookscope.formats import event_stream
from hookscope.model.capture_id import EventRef, SharedNumber, parse_names
from hookscope.model.feed import Feed
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Delivery
from hookscope.model.run_events import Delivered

_MOST_BYTES = 16 << 20
"""Of a notification that is to be triggered: as much as a receiver takes."""

_BITS = 64
"""Of a number in the journal, with its sign."""

_LARGEST_QUESTION = 2 * _MOST_BYTES
"""A body of that size in Base64."""

_DEADLINE = ClientTimeout(total=60, sock_connect=5)
"""For what is asked of a run, which may have to wait for an application: longer than it waits itself."""
_WATCH_SECONDS = 0.1
"""A view repaints at most ten times a second: more often nobody can see."""


class ControllableEngine(Protocol):
    """The part of an engine that the socket uses."""

    board: StatusBoard
    feed: Feed

    def stop(self, reason: str) -> None:
        """Begin to put everything back and to end."""

    def force_stop(self) -> None:
        """End at once, if everything is being put back already."""

    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None) -> Delivery:
        """Send a capture again, with another body, signed again, if one is given; raises HookscopeError."""

    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        """Publish replays that another process has committed; raises HookscopeError."""

    async def trigger(self, body: bytes) -> Delivery:
        """Send a notification to the run's own callback; raises HookscopeError."""

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings on the run, as objects of the JSON output; raises HookscopeError."""

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Fetch the objects that a capture refers to from the Graph API, and keep them; raises HookscopeError."""

    def find_id(self, entry: SharedNumber) -> int:
        """Return the id of the capture of an entry of a shared log; raises HookscopeError."""

    def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        """Remove the secrets that the run knows from texts."""


class ControlServer:
    """Serves an engine on a listening Unix socket; an async context manager."""

    def __init__(self, engine: ControllableEngine, listener: socket.socket) -> None:
        self._engine = engine
        app = web.Application(client_max_size=_LARGEST_QUESTION)
        app.router.add_get("/status", self._status)
        app.router.add_get("/watch", self._watch)
        app.router.add_get("/feed", self._feed)
        app.router.add_post("/stop", self._stop)
        app.router.add_post("/replay", self._replay)
        app.router.add_post("/replayed", self._replayed)
        app.router.add_post("/trigger", self._trigger)
        app.router.add_post("/doctor", self._doctor)
        app.router.add_post("/fetch", self._fetch)
        app.router.add_post("/redact", self._redact)
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
                values = (event_stream.event_to_json(item) for item in items)
                await response.write(b"".join(_json_line(value) for value in values if value))
                items.clear()  # Else they would be kept until the next ones come.
        return response

    async def _doctor(self, _: web.Request) -> web.Response:
        try:
            return web.json_response({"findings": await self._engine.examine()})
        except HookscopeError as error:
            return _refuse(error.message, error.hint)

    async def _fetch(self, request: web.Request) -> web.Response:
        name = (await _read_object(request)).get("id")
        try:
            fetched = await self._engine.fetch(self._number(name))
        except ValueError as error:
            return _refuse(str(error), None)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response({"fetched": [event_stream.fetched_json(node) for node in fetched]})

    async def _stop(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        if wanted.get("force") is True:
            self._engine.force_stop()
        self._engine.stop(str(wanted.get("reason") or "requested over the control socket"))
        return web.json_response({}, status=202)

    async def _replay(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        name, to, encoded = wanted.get("id"), wanted.get("to"), wanted.get("body_base64")
        if not isinstance(to, str | None) or not isinstance(encoded, str | None):
            return _refuse("`to` and `body_base64` must be strings", None)
        try:
            body = None if encoded is None else _decoded(encoded)
            delivery = await self._engine.replay(self._named(name), to, body)
        except ValueError as error:
            return _refuse(str(error), None)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response(event_stream.event_to_json(Delivered(at=delivery.sent_at, delivery=delivery)))

    async def _replayed(self, request: web.Request) -> web.Response:
        ids = (await _read_object(request)).get("ids")
        if not isinstance(ids, list) or not all(type(one) is int and one.bit_length() < _BITS for one in ids):
            return _refuse("`ids` must be a list of captures' numbers", None)
        try:
            await self._engine.show_replays(ids)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response({})

    def _named(self, name: object) -> int | EventRef:
        """Return what a request names: a number, `@345`, or the event `12.3`. Raises ValueError and HookscopeError."""
        is_number = isinstance(name, int) and not isinstance(name, bool)
        found = parse_names(str(name)) if is_number or isinstance(name, str) else None
        if isinstance(found, SharedNumber):
            return self._engine.find_id(found)
        if isinstance(found, EventRef) or (is_number and isinstance(found, int)):
            return found
        raise ValueError('`id` must be a number, a shared one such as "@345", or an event such as "12.3"')

    def _number(self, name: object) -> int:
        found = self._named(name)
        if isinstance(found, EventRef):
            raise ValueError("`id` must be that of a capture")
        return found

    async def _trigger(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
            if len(body) > _MOST_BYTES:
                return _refuse(f"the notification is larger than {_MOST_BYTES >> 20} MiB", None)
            delivery = await self._engine.trigger(body)
        except HookscopeError as error:
            return _refuse(error.message, error.hint)
        return web.json_response(event_stream.event_to_json(Delivered(at=delivery.sent_at, delivery=delivery)))

    async def _redact(self, request: web.Request) -> web.Response:
        encoded = (await _read_object(request)).get("texts_base64")
        try:
            texts = [base64.b64decode(text, validate=True) for text in encoded or ()]
        except (TypeError, ValueError):
            return _refuse("`texts_base64` must be a list of Base64 strings", None)
        clean = await asyncio.to_thread(self._engine.redact, texts)
        return web.json_response({"texts_base64": [base64.b64encode(text).decode("ascii") for text in clean]})


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("`body_base64` is not Base64") from None


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
    return event_stream.encoded_line(value) + b"\n"


def _refuse(message: str, hint: str | None) -> web.Response:
    return web.json_response({"error": {"message": message, "hint": hint}}, status=409)
