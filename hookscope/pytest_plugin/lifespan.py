"""The startup and shutdown of an ASGI app. Source: the ASGI specification, "Lifespan Protocol"."""

import asyncio
from types import TracebackType
from typing import Any, Self

from hookscope.errors import DeliveryError
from hookscope.pytest_plugin.asgi import AsgiApp, Message
from hookscope.pytest_plugin.in_process import describe


class Lifespan:
    """Starts an app, and shuts it down; an async context manager. `state` is passed on to its requests.

    An app without lifespan support is left alone. Raises DeliveryError for one that fails.
    """

    def __init__(self, app: AsgiApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[Any] | None = None
        self._is_supported = False

    async def __aenter__(self) -> Self:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.create_task(
            self._app(scope, self._to_app.get, self._from_app.put), name="hookscope lifespan"
        )
        try:
            await self._step("startup")
        except BaseException:
            self._task.cancel()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task
        if not self._task.done():
            await self._step("shutdown")
            await asyncio.wait({self._task})
        elif self._is_supported and not self._task.cancelled() and (cause := self._task.exception()):
            raise self._failed("lifespan", describe(cause)) from cause

    async def _step(self, name: str) -> None:
        """Ask the app to start or to shut down, and wait until it has, or has ended."""
        assert self._task
        await self._to_app.put({"type": f"lifespan.{name}"})
        message = asyncio.create_task(self._from_app.get())
        try:
            await asyncio.wait({message, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if message.done() and message.result()["type"] == f"lifespan.{name}.failed":
                raise self._failed(name, message.result().get("message") or "it does not say why")
            self._is_supported = message.done()
            error = self._task.exception() if self._task.done() else None
            if error and name == "shutdown":  # At startup, this means an app without lifespan support.
                raise self._failed(name, describe(error)) from error
        finally:
            message.cancel()

    def _failed(self, name: str, reason: str) -> DeliveryError:
        last = reason.strip().rpartition("\n")[2]
        return DeliveryError(f"the {name} of the app failed: {last}", hint="fix the app's lifespan")
