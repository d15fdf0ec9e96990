"""A receiver in front of a log whose engine is killed, or behind a network that goes dark.

An answer of 200 means that the capture is in the log; all else is answered 503, and goes on without a restart.
"""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from hookscope.model.feed import Feed
from hookscope.model.record import Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.team.address import LogAddress, check_address
from hookscope.team.log import Entry, LogRefusedError, LogUnavailableError, SharedLog
from hookscope.team.opening import initialize_log, open_log
from hookscope.team.writer import LogWriter
from tests.support.captures import SECRET, feed_body, signed
from tests.support.postgres import SharedPostgres
from tests.support.postgres_server import PostgresServer, missing, own_postgres
from tests.support.tcp_proxy import TcpProxy
from tests.support.until import until
from tests.team.postgres.conftest import port_of, through

APP = "4711"
SENDERS = 32


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Return a PostgreSQL of one's own, to be killed."""
    if reason := missing():
        pytest.skip(reason)
    with own_postgres() as server:
        yield server


class Senders:
    """Many that each send one notification after another, and know which of them were answered how."""

    def __init__(self, url: str, client: ClientSession) -> None:
        self._url, self._client = url, client
        self._numbers = count()
        self.answered: dict[int, list[bytes]] = {200: [], 503: []}
        self._stopped = False

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send, until the block ends and the last answers are there."""
        tasks = [asyncio.create_task(self._send()) for _ in range(SENDERS)]
        try:
            yield
        finally:
            self._stopped = True
            await asyncio.gather(*tasks)

    async def hear(self, status: int) -> None:
        """Wait for one more answer with that status."""
        before = len(self.answered[status])
        await until(lambda: len(self.answered[status]) > before)

    async def _send(self) -> None:
        while not self._stopped:
            body = feed_body(f"number {next(self._numbers)}")
            async with self._client.post(self._url, data=body, headers=signed(body)) as answer:
                self.answered[answer.status].append(body)
            if answer.status == 503:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _receiving(address: LogAddress) -> AsyncIterator[Senders]:
    policy = Policy(paths=frozenset(("/hook",)), verify_token="t", secrets=(SECRET,))
    async with (
        open_log(address, app_id=APP) as log,
        LogWriter(log, relay="relay-1") as writer,
        Receiver(policy=policy, journal=writer, publish=Feed().publish, run_id=None, source=Source.LIVE) as receiver,
        ClientSession() as client,
    ):
        yield Senders(f"{receiver.url}/hook", client)


async def _kept(address: LogAddress) -> list[bytes]:
    """Return the bodies in the log; their numbers have no gap."""
    found: list[Entry] = []
    async with open_log(address) as reader:
        while page := await reader.read(after=len(found)):
            found += page
    assert [entry.seq for entry in found] == list(range(1, len(found) + 1))
    return [entry.body for entry in found]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [pytest.param(5, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.full)])
async def test_what_is_answered_200_survives_every_kill_of_the_engine(server: PostgresServer, kills: int) -> None:
    address = check_address(server.url())
    await initialize_log(address)
    chance = random.Random(kills)
    async with _receiving(address) as senders, senders.sending():
        for _ in range(kills):
            await senders.hear(200)
            await asyncio.sleep(chance.random() / 4)
            await asyncio.to_thread(server.stop, signal.SIGKILL)
            await senders.hear(503)
            await asyncio.to_thread(server.start)
            await senders.hear(200)
    kept = await _kept(address)
    assert len(set(kept)) == len(kept)
    assert set(senders.answered[200]) <= set(kept)
    assert senders.answered[503]


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_dark_network_is_answered_503_and_left_behind(postgres: SharedPostgres) -> None:
    address = check_address(postgres.url, log=f"log_{uuid4().hex[:12]}")
    await initialize_log(address)
    async with (
        TcpProxy(port_of(address)) as network,
        _receiving(through(address, network.port)) as senders,
        senders.sending(),
    ):
        await senders.hear(200)
        network.go_dark()
        await senders.hear(503)
        network.come_back()
        await senders.hear(200)
    kept = await _kept(address)
    assert set(senders.answered[200]) <= set(kept)
    assert len(set(kept)) == len(kept)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_reader_behind_a_dark_network_is_told_and_reads_on(postgres: SharedPostgres) -> None:
    address = check_address(postgres.url, log=f"log_{uuid4().hex[:12]}")
    await initialize_log(address)
    async with TcpProxy(port_of(address)) as network, open_log(through(address, network.port)) as reader:
        assert not await reader.grown(after=0, seconds=0.1)
        network.go_dark()
        with pytest.raises(LogUnavailableError):
            await reader.grown(after=0, seconds=30)
        async with open_log(address, app_id=APP) as log:
            await log.append([Entry(head=b"{}", body=b"one")])
        network.come_back()
        async with asyncio.timeout(30):
            while not (found := await _read_on(reader)):
                await asyncio.sleep(0.1)
        assert [entry.body for entry in found] == [b"one"]


@pytest.mark.slow
async def test_a_server_that_does_not_flush_is_refused(server: PostgresServer) -> None:
    address = check_address(server.url())
    await initialize_log(address)
    server.stop()
    server.start(fsync="off")
    with pytest.raises(LogRefusedError, match="fsync off"):
        async with open_log(address, app_id=APP):
            pass
    async with open_log(address):
        pass


async def _read_on(reader: SharedLog) -> Sequence[Entry]:
    """Return what has come, or nothing while a connection is away, or has been ended and is made again."""
    try:
        return await reader.read(after=0) if await reader.grown(after=0, seconds=30) else ()
    except LogUnavailableError:
        return ()
