"""The client of a run's control socket."""

import base64
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector

from hookscope.control.server import _DEADLINE
from hookscope.errors import HookscopeError
from hookscope.formats.importers.event_decoder import decode_delivery, decode_fetched
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Delivery
from hookscope.views.status import Status

_BASE = "http://hookscope"


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

    async def watch(self) -> AsyncGenerator[Status, None]:
        """Yield the run's status, now and whenever it changes; ends when the run is over or its process gone.

        A reader that is slower than the run gets the newest status, without those before it.
        """
        async for lines in self._lines("/watch"):
            yield Status.from_json(json.loads(lines[-1]))

    async def feed(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the JSON event stream from now on; ends when the run is over or its process gone."""
        async for lines in self._lines("/feed"):
            for line in lines:
                yield json.loads(line)

    async def stop(self, reason: str, *, force: bool = False) -> None:
        """Ask the run to put everything back and to end; with `force`, to end at once if it is doing so."""
        await self._post("/stop", {"reason": reason, "force": force})

    async def replay(self, capture_id: int | str, to: str | None = None, body: bytes | None = None) -> Delivery:
        """Have a capture replayed, and return its delivery.

        `@345` names an entry of a shared log, `12.3` a single event.

        `body` replaces the capture's own; the run signs it again unless it is unchanged.
        """
        encoded = None if body is None else base64.b64encode(body).decode("ascii")
        return decode_delivery(await self._post("/replay", {"id": capture_id, "to": to, "body_base64": encoded}))

    async def trigger(self, body: bytes) -> Delivery:
        """Have a notification delivered to the run itself, and return the delivery, which names its capture.

        `hookscope.samples` makes bodies.
        """
        return decode_delivery(await self._post("/trigger", body))

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings on the run, as objects of the JSON output."""
        findings: list[dict[str, Any]] = (await self._post("/doctor", {}))["findings"]
        return findings

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Have the objects that a capture refers to fetched from the Graph API and kept; return them."""
        return [decode_fetched(node) for node in (await self._post("/fetch", {"id": capture_id}))["fetched"]]

    async def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return texts in their order, without the secrets that the run knows."""
        encoded = [base64.b64encode(text).decode("ascii") for text in texts]
        answer = await self._post("/redact", {"texts_base64": encoded})
        return [base64.b64decode(text) for text in answer["texts_base64"]]

    async def _lines(self, path: str) -> AsyncIterator[list[bytes]]:
        """Yield the lines that have come since the last ones, at least one."""
        with suppress(ClientError, OSError):
            async with self._session.get(path, read_bufsize=1 << 20) as response:
                unfinished = b""
                async for chunk in response.content.iter_any():
                    *lines, unfinished = (unfinished + chunk).split(b"\n")
                    if lines:
                        yield lines

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
            raise HookscopeError(
                "the run does not answer", hint="check whether its process is still running"
            ) from error
        if response.status >= 400:
            raise HookscopeError(answer["error"]["message"], hint=answer["error"]["hint"])
        return answer
