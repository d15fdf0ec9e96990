"""A channel between two processes of ours: either end sends messages, asks, and answers.

Pickles over a socket pair that nobody else holds an end of. All messages of one turn of the event loop go out together:
between busy processes a message of its own would cost as much as its contents.
"""

import asyncio
import pickle
import socket
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

Handlers = Mapping[str, Callable[..., Any]]
"""The handlers for messages and requests of the other end, by name."""

_LENGTH_BYTES = 4


class IpcChannel:
    """One end of the channel; an async context manager. `run` calls the handlers for the other end's messages."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._waiting: list[Any] = []
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._questions = 0
        self._closed = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._reader, self._writer = await asyncio.open_connection(sock=self._end)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._writer.close()
        self._hang_up()

    def send(self, name: str, *values: Any) -> None:
        """Call the other end's handler of that name, without waiting; a message to an end that is gone is lost."""
        self._queue((name, values, None))

    async def ask(self, name: str, *values: Any) -> Any:
        """Return the result of the other end's handler, a coroutine function. Raises EOFError when that end is gone."""
        if self._closed:
            raise EOFError
        self._questions += 1
        number = self._questions
        self._asked[number] = self._loop.create_future()
        try:
            self._queue((name, values, number))
            return await self._asked[number]
        finally:
            del self._asked[number]

    async def run(self, handlers: Handlers) -> None:
        """Serve the other end until it is gone. Raises what a handler raises, in a group."""
        async with asyncio.TaskGroup() as answering:
            try:
                while True:
                    for name, values, number in await self._receive():
                        if name is None:
                            self._resolve(number, values)
                        elif number is None:
                            handlers[name](*values)
                        else:
                            answering.create_task(self._answer(number, handlers[name](*values)))
            except EOFError:
                self._hang_up()

    async def _receive(self) -> list[Any]:
        """Return the other end's messages of one turn of its loop. Raises EOFError when it is gone."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES), "big")
            messages: list[Any] = pickle.loads(await self._reader.readexactly(length))  # noqa: S301 - from ourselves
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError from error
        return messages

    async def _answer(self, number: int, result: Awaitable[Any]) -> None:
        self._queue((None, await result, number))

    def _resolve(self, number: int, result: Any) -> None:
        if (asked := self._asked.get(number)) and not asked.done():
            asked.set_result(result)

    def _queue(self, message: Any) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(message)

    def _flush(self) -> None:
        if self._waiting and not self._writer.is_closing():
            packed = pickle.dumps(self._waiting, pickle.HIGHEST_PROTOCOL)
            self._writer.write(len(packed).to_bytes(_LENGTH_BYTES, "big") + packed)
        self._waiting.clear()

    def _hang_up(self) -> None:
        self._closed = True
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(EOFError())
