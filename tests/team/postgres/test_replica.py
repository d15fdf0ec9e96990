"""A log with replicas: they can be read, and may be behind; an append waits for a synchronous one."""

import asyncio

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from hookscope.team.address import check_address
from hookscope.team.log import Entry, LogReadOnlyError, LogUnavailableError
from hookscope.team.opening import initialize_log, open_log
from tests.support.postgres_server import own_postgres
from tests.support.until import until

APP = "4711"
_WAITING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


async def test_a_replica_is_read_and_asked_on_one_connection_and_may_be_behind() -> None:
    import psycopg

    with own_postgres() as server:
        address = check_address(server.url())
        await initialize_log(address)
        async with open_log(address, app_id=APP) as log:
            await log.append([Entry(head=b"{}", body=b"one")])
        server.become_replica()
        async with open_log(address) as reader:
            assert [entry.body for entry in await reader.read(after=0)] == [b"one"]
            for _ in range(5):
                assert not await reader.grown(after=1, seconds=0.01)
            with pytest.raises(LogReadOnlyError):
                await reader.check_in(name="anna", host="laptop", seq=1)
            with pytest.raises(LogUnavailableError, match="replica ends with @1 so far, before @2"):
                await reader.read(after=2)
            with psycopg.connect(server.url()) as connection:
                count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hookscope'"
                assert connection.execute(count).fetchone() == (2,)


async def test_an_append_whose_wait_for_a_replica_is_canceled_has_not_succeeded() -> None:
    """PostgreSQL reports success, and warns: if the server is lost, so is the entry."""
    import psycopg

    with own_postgres() as server:
        address = check_address(server.url())
        await initialize_log(address)
        with psycopg.connect(server.url(), autocommit=True) as connection:

            def waiting() -> int:
                return len(connection.execute(f"SELECT pid {_WAITING}").fetchall())

            async with open_log(address, app_id=APP) as log:
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                connection.execute("SELECT pg_reload_conf()")
                while True:  # Until every process of the server has read the setting.
                    appending = asyncio.create_task(log.append([Entry(head=b"{}", body=b"one")]))
                    await until(lambda: waiting() or appending.done())  # noqa: B023
                    if not appending.done():
                        break
                    await appending
                connection.execute(f"SELECT pg_cancel_backend(pid) {_WAITING}")
                with pytest.raises(LogUnavailableError, match="wait for synchronous replication"):
                    await appending
