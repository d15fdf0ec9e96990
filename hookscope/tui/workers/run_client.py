"""The connection to the run: its status, and this view's requests."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from hookscope import certificates
from hookscope.errors import HookscopeError
from hookscope.model.capture_id import EventRef
from hookscope.views.status import Status

if TYPE_CHECKING:
    from hookscope.control.client import ControlClient
    from hookscope.model.fetched_node import FetchedNode
    from hookscope.model.record import Delivery

_T = TypeVar("_T")

_STOP_SECONDS = 5
_REPLAY_SECONDS = 60


class RunClient:
    """A client of the run's control socket, for as long as `watch` goes on. Raises HookscopeError."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._client: ControlClient | None = None
        self._ready = asyncio.Event()
        self._over = False

    async def watch(self, show: Callable[[Status], Awaitable[None]]) -> None:
        """Show the run's status when it has changed, until the run is over or gone.

        While one is being shown, only the newest of those that come is kept.
        """
        # aiohttp takes longer to load than the screen to paint.
        control = await asyncio.to_thread(_load_control)
        try:
            async with control.ControlClient(self._socket) as client:
                self._client = client
                self._ready.set()
                async for status in client.watch():
                    await show(status)
        finally:
            self._over = True
            self._ready.set()

    async def stop(self, reason: str, *, force: bool = False) -> None:
        """Ask the run to put everything back and to end; with `force`, to end at once if it is doing so."""
        await self._ask(lambda client: client.stop(reason, force=force), _STOP_SECONDS)

    async def replay(self, ref: EventRef, to: str | None, body: bytes | None = None) -> "Delivery":
        """Let the run replay a capture, or one event of it, with this body if given; return the delivery."""
        name = str(ref) if ref.position else ref.capture_id
        return await self._ask(lambda client: client.replay(name, to, body), _REPLAY_SECONDS)

    async def trigger(self, body: bytes) -> "Delivery":
        """Have a notification delivered to the run itself; return the delivery, which names its capture."""
        return await self._ask(lambda client: client.trigger(body), _REPLAY_SECONDS)

    async def examine(self) -> "list[dict[str, Any]]":
        """Return the doctor's findings on the run, as objects of the JSON output."""
        return await self._ask(lambda client: client.examine(), _REPLAY_SECONDS)

    async def fetch(self, capture_id: int) -> "list[FetchedNode]":
        """Let the run fetch the objects that a capture refers to; return them."""
        return await self._ask(lambda client: client.fetch(capture_id), _REPLAY_SECONDS)

    async def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return texts without the secrets that the run knows."""
        return await self._ask(lambda client: client.redact(texts), _REPLAY_SECONDS)

    async def _ask(self, question: "Callable[[ControlClient], Awaitable[_T]]", seconds: float) -> _T:
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
                if self._over or self._client is None:
                    raise HookscopeError("the run is no longer there", hint="`hookscope replay` sends without it")
                return await question(self._client)
        except TimeoutError as error:
            raise HookscopeError(
                "the run does not answer", hint="check whether its process is still running"
            ) from error


def _load_control() -> ModuleType:
    certificates.load_aiohttp()  # A Unix socket needs none.
    return importlib.import_module("hookscope.control.client")
