"""The writer of a shared log: everything that waits in one append, nothing twice, and 503 when the log is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace

from hookscope.errors import StoreError
from hookscope.model.append import Append
from hookscope.model.feed import Feed
from hookscope.model.record import Capture, Shared, Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.team.entry import decode
from hookscope.team.log import Entry, LogUnavailableError
from hookscope.team.writer import LogWriter
from tests.support.captures import SECRET, feed_body, make_capture, signed
from tests.team.memory_log import MemoryEngine, MemoryLog

APP = "4711"


class SlowLog(MemoryLog):
    """A log whose appends wait until they are let go; `sizes` tells how many entries each had."""

    def __init__(self, engine: MemoryEngine) -> None:
        super().__init__(engine, app_id=APP)
        self.engine = engine
        self.sizes: list[int] = []
        self.let_go = asyncio.Event()
        self.asked = asyncio.Event()

    async def append(self, entries: Sequence[Entry]) -> int:
        self.sizes.append(len(entries))
        self.asked.set()
        await self.let_go.wait()
        return await super().append(entries)


def _begin(writer: LogWriter, capture: Capture) -> asyncio.Future[Capture]:
    waiter: asyncio.Future[Capture] = asyncio.get_running_loop().create_future()
    writer.begin_append(Append(capture, Capture.identify, 0.0), waiter)
    return waiter


def _captures(count: int) -> list[Capture]:
    return [make_capture(feed_body(f"number {n}")) for n in range(count)]


async def test_all_that_comes_during_an_append_goes_with_the_next(log: SlowLog) -> None:
    async with LogWriter(log, relay="relay-1") as writer:
        first = _begin(writer, make_capture())
        await log.asked.wait()
        others = [_begin(writer, capture) for capture in _captures(300)]
        log.let_go.set()
        numbers = [_seq(await each) for each in (first, *others)]
    assert numbers == list(range(1, 302))
    assert log.sizes == [1, 256, 44]


async def test_what_is_appended_is_the_capture_with_its_time_and_identities(log: SlowLog) -> None:
    log.let_go.set()
    capture = make_capture()
    async with LogWriter(log, relay="relay-1") as writer:
        kept = await _begin(writer, capture)
    (entry,) = await log.read(after=0)
    shared = decode(entry)
    expected = replace(kept, id=1, shared=None)
    assert (shared.capture, shared.identities, shared.relay) == (expected, capture.identify(), "relay-1")
    assert kept.shared == Shared(log=str(log.about.id), seq=1)
    assert kept.reply.elapsed_ms is not None


async def test_large_bodies_do_not_share_an_append(log: SlowLog) -> None:
    async with LogWriter(log, relay="relay-1") as writer:
        large = make_capture(b"x" * (9 << 20))
        waiters = [_begin(writer, large) for _ in range(2)]
        log.let_go.set()
        await asyncio.gather(*waiters)
    assert log.sizes == [1, 1]


async def test_what_fails_is_told_to_all_that_wait_and_never_repeated(log: SlowLog) -> None:
    async with LogWriter(log, relay="relay-1") as writer:
        first = _begin(writer, make_capture())
        await log.asked.wait()
        second = _begin(writer, make_capture())
        await log.engine.stop()
        log.let_go.set()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(each) for each in outcomes] == [LogUnavailableError, LogUnavailableError]
        assert log.sizes == [1]
        log.engine.start()
        assert _seq(await _begin(writer, make_capture())) == 1
    assert log.sizes == [1, 1]


async def test_whoever_has_gone_is_passed_over(log: SlowLog) -> None:
    async with LogWriter(log, relay="relay-1") as writer:
        gone, here = _begin(writer, make_capture()), _begin(writer, make_capture())
        await log.asked.wait()
        gone.cancel()
        log.let_go.set()
        assert _seq(await here) == 2


async def test_a_closed_writer_has_appended_everything_and_takes_no_more(log: SlowLog) -> None:
    log.let_go.set()
    async with LogWriter(log, relay="relay-1") as writer:
        waiters = [_begin(writer, capture) for capture in _captures(3)]
    assert [_seq(each.result()) for each in waiters] == [1, 2, 3]
    with pytest.raises(StoreError, match="not open"):
        _begin(writer, make_capture())


async def test_a_receiver_answers_200_from_the_log_and_503_without_it() -> None:
    engine = MemoryEngine()
    async with MemoryLog(engine, app_id=APP) as log, _door(log) as url, ClientSession() as client:
        body = feed_body()
        statuses = []
        for _ in range(2):
            async with client.post(url, data=body, headers=signed(body)) as answer:
                statuses.append(answer.status)
            await engine.stop()
        engine.start()
        async with client.post(url, data=body, headers=signed(body)) as answer:
            statuses.append(answer.status)
        assert statuses == [200, 503, 200]
        assert [decode(entry).capture.request.body for entry in await log.read(after=0)] == [body, body]


@asynccontextmanager
async def _door(log: MemoryLog) -> AsyncIterator[str]:
    policy = Policy(paths=frozenset(("/hook",)), verify_token="t", secrets=(SECRET,))
    async with (
        LogWriter(log, relay="relay-1") as writer,
        Receiver(policy=policy, journal=writer, publish=Feed().publish, run_id=None, source=Source.LIVE) as receiver,
    ):
        yield f"{receiver.url}/hook"


@pytest.fixture
async def log() -> AsyncIterator[SlowLog]:
    async with SlowLog(MemoryEngine()) as opened:
        yield opened


def _seq(capture: Capture) -> int:
    """Return a capture's number in the log; it has none of its own."""
    assert capture.id == 0
    assert capture.shared
    return capture.shared.seq
