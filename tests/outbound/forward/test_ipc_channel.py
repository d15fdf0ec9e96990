import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hookscope.outbound.forward.ipc_channel import Handlers, IpcChannel


@asynccontextmanager
async def line() -> AsyncIterator[tuple[IpcChannel, IpcChannel]]:
    one, other = socket.socketpair()
    async with IpcChannel(one) as ours, IpcChannel(other) as theirs:
        yield ours, theirs


@asynccontextmanager
async def serving(channel: IpcChannel, handlers: Handlers) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.run(handlers))
    yield task
    task.cancel()
    await asyncio.wait({task})


async def test_messages_arrive_in_order() -> None:
    heard: list[Any] = []
    async with line() as (ours, theirs):
        for number in range(3):
            ours.send("say", number, "large" * 1_000_000)
        await asyncio.sleep(0)
        ours.send("say", 3, "")
        hear: Handlers = {"say": lambda number, _: heard.append(number), "all": _nothing}
        async with serving(theirs, hear), serving(ours, {}):
            await ours.ask("all")
    assert heard == [0, 1, 2, 3]


async def test_either_end_asks_and_a_question_may_wait_for_another() -> None:
    async def twice(value: int) -> int:
        return 2 * value

    async with line() as (ours, theirs):

        async def through(value: int) -> Any:
            return await theirs.ask("twice", value) + 1

        async with serving(ours, {"twice": twice}), serving(theirs, {"through": through}):
            assert await asyncio.gather(*(ours.ask("through", value) for value in range(20))) == [
                2 * value + 1 for value in range(20)
            ]


async def test_a_question_to_one_that_is_gone_fails() -> None:
    waiting, never = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await never.wait()

    one, other = socket.socketpair()
    async with IpcChannel(one) as ours:
        async with serving(ours, {}) as served:
            async with IpcChannel(other) as theirs, serving(theirs, {"wait": wait}):
                asked = asyncio.create_task(ours.ask("wait"))
                await waiting.wait()
            with pytest.raises(EOFError):
                await asked
            await served
        with pytest.raises(EOFError):
            await ours.ask("wait")
        ours.send("wait")  # nobody hears it, and nothing breaks


async def test_an_exception_in_a_handler_ends_the_serving() -> None:
    def fail() -> None:
        raise ValueError("on purpose")

    async with line() as (ours, theirs):
        ours.send("fail")
        with pytest.raises(ExceptionGroup) as raised:
            await theirs.run({"fail": fail})
    assert raised.group_contains(ValueError, match="on purpose")


async def _nothing() -> None:
    pass
