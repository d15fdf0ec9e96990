"""Being told of new entries: by LISTEN, without it, and behind a pooler."""

import asyncio

import pytest

from hookscope.team.address import LogAddress
from hookscope.team.log import Entry
from hookscope.team.opening import open_log
from hookscope.team.postgres import bell, ringer
from tests.support.tcp_proxy import TcpProxy
from tests.support.until import until
from tests.team.postgres.conftest import RunSql, port_of, through

APP = "4711"
_ENTRY = Entry(head=b"{}", body=b"one")
_KEY = b"K\0\0\0\x0c"


def _like_a_pooler(data: bytes) -> bytes:
    """Give the client a process id that is not the server's; a pooler has one server session for many clients."""
    before, key, after = data.partition(_KEY)
    return before + key + b"\0\0\0\7" + after[4:] if key else data


async def test_a_lost_notification_is_made_up_for(address: LogAddress, run_sql: RunSql) -> None:
    async with open_log(address) as reader:
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        await asyncio.sleep(0.1)
        run_sql("UPDATE {log}.log SET last_seq = 1")
        assert await waiting
        async with open_log(address, app_id=APP) as log:
            waiting = asyncio.create_task(reader.grown(after=1, seconds=30))
            await asyncio.sleep(0)
            await log.append([_ENTRY])
            assert await waiting


async def test_anybody_may_ring_and_is_not_believed_twice(address: LogAddress, run_sql: RunSql) -> None:
    async with open_log(address) as reader:
        for payload in ("", "?", "-1", "9" * 5000):
            waiting = asyncio.create_task(reader.grown(after=0, seconds=0.2))
            await asyncio.sleep(0.1)
            run_sql("SELECT pg_notify('hookscope_{log}', %s)", payload)
            assert not await waiting
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        await asyncio.sleep(0.1)
        run_sql("SELECT pg_notify('hookscope_{log}', '99')")
        assert await waiting
        assert not await reader.grown(after=0, seconds=0.01)
        assert not await reader.grown(after=0, seconds=0.01)


async def test_a_reader_that_has_everything_is_told_without_asking(address: LogAddress) -> None:
    async with (
        TcpProxy(port_of(address)) as network,
        open_log(through(address, network.port)) as reader,
        open_log(address, app_id=APP) as log,
    ):
        assert not await reader.grown(after=0, seconds=0.01)
        asked = network.sent.count(b"last_seq")
        for number in range(5):
            waiting = asyncio.create_task(reader.grown(after=number, seconds=30))
            await log.append([_ENTRY])
            assert await waiting
        assert network.sent.count(b"last_seq") == asked


async def test_a_reader_that_gives_up_waiting_still_listens(address: LogAddress) -> None:
    async with (
        TcpProxy(port_of(address)) as network,
        open_log(through(address, network.port)) as reader,
        open_log(address, app_id=APP) as log,
    ):
        assert not await reader.grown(after=0, seconds=0.01)
        connected = network.connections
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        for _ in range(10):  # Until it waits for the server.
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        await log.append([_ENTRY])
        assert await waiting
        assert network.connections == connected


async def test_one_of_many_readers_listens_only_when_nothing_comes(
    address: LogAddress, run_sql: RunSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sql("INSERT INTO {log}.followers SELECT n::text, '', 0, clock_timestamp() FROM generate_series(1, 50) AS n")
    async with (
        TcpProxy(port_of(address)) as network,
        open_log(through(address, network.port)) as reader,
        open_log(address, app_id=APP) as log,
    ):
        for number, is_busy in enumerate((False, True, False, False, True)):
            monkeypatch.setattr(ringer, "_BUSY_SECONDS", 30 if is_busy else 0)
            waiting = asyncio.create_task(reader.grown(after=number, seconds=30))
            await log.append([_ENTRY])
            while not (await waiting and await reader.read(after=number)):
                waiting = asyncio.create_task(reader.grown(after=number, seconds=30))
            if number == 0:
                await reader.check_in(name="anna", host="laptop", seq=1)
        assert network.sent.count(b"UNLISTEN ") == 2
        assert network.sent.count(b"LISTEN ") == 2 + 2


async def test_one_of_many_readers_that_had_to_connect_again_rests_as_well(
    address: LogAddress, run_sql: RunSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = "FROM pg_stat_activity WHERE query = 'LISTEN \"hookscope_{log}\"'"
    monkeypatch.setattr(bell, "POLLING_SECONDS", 0.01)
    async with (
        TcpProxy(port_of(address)) as network,
        open_log(through(address, network.port)) as reader,
        open_log(address, app_id=APP) as log,
    ):
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        await until(lambda: bool(run_sql(f"SELECT pg_terminate_backend(pid, 5000) {listening}")))
        await until(lambda: bool(run_sql(f"SELECT pid {listening}")))
        await log.append([_ENTRY])
        assert await waiting
        run_sql("INSERT INTO {log}.followers SELECT n::text, '', 0, clock_timestamp() FROM generate_series(1, 50) AS n")
        await reader.check_in(name="anna", host="laptop", seq=1)
        await reader.grown(after=1, seconds=0)
        assert b"UNLISTEN " in network.sent


async def test_a_reader_that_polls_does_not_listen(address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network, open_log(through(address, network.port), polls=True) as reader:
        async with open_log(address, app_id=APP) as log:
            waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
            await asyncio.sleep(0)
            await log.append([_ENTRY])
            assert await waiting
        assert b"LISTEN" not in network.sent


async def test_a_writer_whose_readers_poll_tells_nobody(address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network, open_log(address, polls=True) as reader:
        async with open_log(through(address, network.port), app_id=APP, polls=True) as log:
            waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
            assert await log.append([_ENTRY]) == 1
            assert await waiting
        assert b"INSERT INTO" in network.sent
        assert b"pg_notify" not in network.sent


async def test_behind_a_pooler_nothing_is_prepared_and_nobody_listens(address: LogAddress) -> None:
    async with TcpProxy(port_of(address), alter=_like_a_pooler) as pooler:
        pooled = through(address, pooler.port)
        async with open_log(pooled, app_id=APP) as log, open_log(pooled) as reader:
            waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
            for _ in range(10):
                await log.append([_ENTRY])
                await log.bounds()
            assert await waiting
        assert b"pg_backend_pid" in pooler.sent
        assert b"LISTEN" not in pooler.sent
        assert b"_pg3_" not in pooler.sent


async def test_without_a_pooler_both_are_done(address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network, open_log(through(address, network.port)) as reader:
        assert not await reader.grown(after=0, seconds=0.01)
        for _ in range(10):
            await reader.bounds()
        assert b"LISTEN" in network.sent
        assert b"_pg3_" in network.sent
