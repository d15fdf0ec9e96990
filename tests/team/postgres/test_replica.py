"""A log at a server that only follows another one: it can be read, and may be behind."""

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from hookscope.team.address import check_address
from hookscope.team.log import Entry, LogReadOnlyError, LogUnavailableError
from hookscope.team.opening import initialize_log, open_log
from tests.support.postgres_server import own_postgres

APP = "4711"


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
