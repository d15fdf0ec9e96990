"""A connection with deadlines, over networks that swallow everything, and to servers that end it."""

import asyncio

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from hookscope.team.address import LogAddress, check_address
from hookscope.team.log import Entry, LogEndedError, LogNotFoundError, LogRefusedError, LogUnavailableError
from hookscope.team.postgres.connecting import PostgresConnection
from hookscope.team.postgres.link import PostgresLink, is_alive
from hookscope.team.postgres.log import PostgresLog
from hookscope.team.postgres.options import options_of
from tests.support.tcp_proxy import TcpProxy
from tests.support.until import until
from tests.team.postgres.conftest import RunSql, port_of, through

APP = "4711"


async def _answer(connection: PostgresConnection) -> int:
    row = await (await connection.execute("SELECT 42")).fetchone()
    assert row
    return int(row[0])


async def test_a_dark_network_is_given_up_without_a_goodbye(address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network:
        dark = through(address, network.port)
        link = PostgresLink(dark, options_of(dark, writes=False))
        assert await link.run(_answer) == 42
        network.go_dark()
        with pytest.raises(LogUnavailableError, match="no answer within"):
            await link.run(_answer, seconds=0.2)
        assert network.connections == 1, "psycopg has tried to cancel"
        with pytest.raises(LogUnavailableError, match="no answer within"):
            await link.run(_answer, seconds=0.2)
        network.come_back()
        assert await _answer_again(link) == 42
        await link.close()


async def test_who_stops_waiting_does_not_wait_for_a_dark_network(address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network:
        dark = through(address, network.port)
        link = PostgresLink(dark, options_of(dark, writes=False))
        assert await link.run(_answer) == 42
        network.go_dark()
        waiting = asyncio.create_task(link.run(_answer, seconds=60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert network.connections == 1
        await link.close()


async def test_a_call_that_was_cancelled_while_its_answer_came_leaves_no_dead_connection(address: LogAddress) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work(_: PostgresConnection) -> None:
        begun.set()
        await may_end.wait()

    link = PostgresLink(address, options_of(address, writes=False))
    waiting = asyncio.create_task(link.run(work))
    await begun.wait()
    waiting.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await link.run(_answer) == 42
    await link.close()


async def test_a_connection_that_the_server_ends_is_made_anew(address: LogAddress, run_sql: RunSql) -> None:
    """Before anything is sent: what is sent into the void would be lost, and must not be sent again."""
    async with PostgresLog(address, app_id=APP) as log:
        assert await log.append([Entry(head=b"{}", body=b"one")]) == 1
        connection = log._appends._link._connection
        assert connection
        run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s", f"%{address.log}%unnest%")
        await until(lambda: not is_alive(connection))
        assert await log.append([Entry(head=b"{}", body=b"two")]) == 2


async def test_a_question_after_a_connection_was_ended_is_asked_on_a_new_one(
    address: LogAddress, run_sql: RunSql
) -> None:
    """A proxy, or the administrator, ends what is idle for a while: that is no outage.

    But a reader has to check that the log is still the one that it has read: a backup is restored in this way, too.
    """
    async with PostgresLog(address, app_id=APP) as writer, PostgresLog(address) as reader:
        for log in (writer, reader):
            connection = log._asking._connection
            assert connection
            run_sql("SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
            await until(lambda: not is_alive(connection))  # noqa: B023
        assert await writer.bounds() == (1, 0)
        with pytest.raises(LogEndedError):
            await reader.read(after=0)


@pytest.mark.parametrize("dark", [1, pytest.param(7, marks=pytest.mark.slow)])
async def test_hosts_that_went_dark_do_not_hide_one_that_answers(address: LogAddress, dark: int) -> None:
    async with TcpProxy(port_of(address)) as network:
        network.go_dark()
        hosts = ",".join([f"127.0.0.1:{network.port}"] * dark + [f"localhost:{port_of(address)}"])
        several = check_address(f"postgresql://postgres@{hosts}/postgres", log=address.log)
        async with PostgresLog(several, app_id=APP) as log:
            assert await log.append([Entry(head=b"{}", body=b"one")]) == 1


@pytest.mark.parametrize(
    ("place", "error", "told"),
    [
        ("db..example.com", LogNotFoundError, "failed to resolve host 'db..example.com'"),
        (f"{'a' * 64}.example.com", LogNotFoundError, "failed to resolve host 'aaaa"),
        ("localhost:five", LogRefusedError, 'invalid integer value "five" for connection option "port"'),
    ],
)
async def test_what_can_be_no_name_or_no_port_is_said(place: str, error: type[Exception], told: str) -> None:
    wrong = check_address(f"postgresql://anna@{place}/hooks")
    with pytest.raises(error, match=told):
        await PostgresLink(wrong, options_of(wrong, writes=False)).run(_answer)


async def test_when_no_host_answers_each_of_them_is_told_of(unused_tcp_port: int, address: LogAddress) -> None:
    async with TcpProxy(port_of(address)) as network:
        hosts = f"127.0.0.1:{unused_tcp_port},127.0.0.1:{network.port}"
        several = check_address(f"postgresql://postgres@{hosts}/no_such_database", log=address.log)
        link = PostgresLink(several, options_of(several, writes=False))
        with pytest.raises(LogUnavailableError, match=r"Connection refused; .*does not exist"):
            await link.run(_answer)


async def test_what_cannot_be_prepared_leaves_no_connection_open(address: LogAddress, run_sql: RunSql) -> None:
    async def fail(connection: PostgresConnection) -> None:
        await connection.execute("SELECT 1/0 /* never ready */")

    link = PostgresLink(address, options_of(address, writes=False), fail)
    with pytest.raises(LogRefusedError):
        await link.run(_answer)
    count = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT 1/0 /* never%%'"
    await until(lambda: run_sql(count) == [(0,)])


async def test_after_a_failed_attempt_the_next_ones_fail_at_once(unused_tcp_port: int, address: LogAddress) -> None:
    nowhere = through(address, unused_tcp_port)
    link = PostgresLink(nowhere, options_of(nowhere, writes=False))
    with pytest.raises(LogUnavailableError, match="is away") as first:
        await link.run(_answer)
    with pytest.raises(LogUnavailableError) as second:
        await link.run(_answer)
    assert second.value is first.value


async def _answer_again(link: PostgresLink) -> int:
    while True:
        try:
            return await link.run(_answer)
        except LogUnavailableError:
            await asyncio.sleep(0.01)
