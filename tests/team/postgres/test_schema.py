"""The creation of a log on PostgreSQL, its versions, and what an append rests on there."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

import psycopg

from hookscope.team.address import LogAddress, check_address
from hookscope.team.log import Entry, LogRefusedError, LogReplacedError, SharedLog
from hookscope.team.opening import initialize_log, open_log
from tests.support.postgres import SharedPostgres
from tests.team.postgres.conftest import RunSql, as_user

APP = "4711"


async def test_a_log_is_created_once(postgres: SharedPostgres, address: LogAddress) -> None:
    new = check_address(postgres.url, log=f"{address.log}_2")
    first, second = await asyncio.gather(initialize_log(new), initialize_log(new))
    assert first == second == await initialize_log(new)
    assert first != await initialize_log(address)


async def test_a_renewed_log_is_another_one_and_nobody_holds_it(address: LogAddress) -> None:
    async with open_log(address, app_id=APP) as log:
        await log.append([Entry(head=b"{}", body=b"one")])
        grant = await log.take(holder="one", ttl=30)
        assert grant
        await initialize_log(address, renew=True)
        assert await log.renew(grant, ttl=30) is None
        async with open_log(address) as reader:
            assert reader.about.id != log.about.id
            assert reader.about.last == 1


async def test_who_reads_while_it_is_renewed_gets_nothing_of_the_new_one(address: LogAddress) -> None:
    async with open_log(address, app_id=APP) as log, open_log(address) as reader:
        await log.append([Entry(head=b"{}", body=b"one")])
        assert [entry.body for entry in await reader.read(after=0)] == [b"one"]
        reading = asyncio.create_task(_next(reader, after=1))
        await initialize_log(address, renew=True)
        assert await log.append([Entry(head=b"{}", body=b"two")]) == 2
        with pytest.raises(LogReplacedError) as refused:
            await reading
        with pytest.raises(LogReplacedError):
            await reader.read(after=0)
        assert refused.value.code == 2
        before = log.about.id
        assert await log.bounds() == (1, 2)
        assert log.about.id != before
        assert [entry.body for entry in await log.read(after=0)] == [b"one", b"two"]


async def _next(reader: SharedLog, after: int) -> Sequence[Entry]:
    """Return the entries behind a number as soon as there are some."""
    while not (page := await reader.read(after=after)):
        await reader.grown(after=after, seconds=30)
    return page


async def test_no_log_there_says_how_to_make_one(postgres: SharedPostgres) -> None:
    with pytest.raises(LogRefusedError, match="no log 'nothing_here'") as refused:
        async with open_log(check_address(postgres.url, log="nothing_here")):
            pass
    assert "relay init" in (refused.value.hint or "")


async def test_a_log_for_later_readers_asks_for_an_upgrade(address: LogAddress, run_sql: RunSql) -> None:
    run_sql("UPDATE {log}.log SET version = 2")
    async with open_log(address) as reader:
        assert reader.about.version == 2
    with pytest.raises(LogRefusedError, match="version 2") as refused:
        async with open_log(address, app_id=APP):
            pass
    assert refused.value.hint == "upgrade hookscope"
    assert run_sql("SELECT app_id FROM {log}.log") == [(None,)]
    run_sql("UPDATE {log}.log SET min_reader = 2")
    with pytest.raises(LogRefusedError, match="version 2"):
        async with open_log(address):
            pass


async def test_a_commit_waits_for_the_disk_whatever_the_role_is_set_to(
    address: LogAddress, run_sql: RunSql, postgres: SharedPostgres
) -> None:
    role = f"{address.log}_owner"
    run_sql(f"CREATE ROLE {role} LOGIN SUPERUSER")
    run_sql(f"ALTER ROLE {role} SET synchronous_commit = off")
    run_sql(
        "CREATE FUNCTION {log}.check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF current_setting('synchronous_commit') = 'off' THEN RAISE 'not durable'; END IF; RETURN new; END $$"
    )
    run_sql("CREATE TRIGGER durable BEFORE INSERT ON {log}.entries FOR EACH ROW EXECUTE FUNCTION {log}.check()")
    async with open_log(
        check_address(address.url.replace("postgres@", f"{role}@"), log=address.log), app_id=APP
    ) as log:
        assert await log.append([Entry(head=b"{}", body=b"one")]) == 1


async def test_a_time_limit_of_the_administrator_does_not_end_a_page(
    address: LogAddress, run_sql: RunSql, role: Callable[[], str]
) -> None:
    """It would end each attempt at a page that a slow network takes longer for."""
    reader = role()
    run_sql(f"GRANT USAGE ON SCHEMA {{log}} TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA {{log}} TO {reader}")
    run_sql(f"ALTER ROLE {reader} SET statement_timeout = 1")
    async with open_log(address, app_id=APP) as log:
        await log.append([Entry(head=b"{}", body=b"one")])
    async with open_log(as_user(address, reader)) as log:
        (shown,) = await log._rows("SHOW statement_timeout")  # type: ignore[attr-defined]
        assert shown == ("10s",)
        assert [entry.body for entry in await log.read(after=0)] == [b"one"]


async def test_bodies_are_stored_as_they_are(address: LogAddress, run_sql: RunSql) -> None:
    async with open_log(address, app_id=APP) as log:
        await log.append([Entry(head=b"{}", body=b"x" * 100_000)])
    assert run_sql("SELECT pg_column_size(body) FROM {log}.entries") == [(100_000,)]


async def test_replicas_of_which_none_is_synchronous_are_warned_of(address: LogAddress) -> None:
    async with open_log(address, app_id=APP) as log:
        assert not log.cautions
    with psycopg.connect(address.url, replication="true"):
        async with open_log(address, app_id=APP) as log:
            assert "fail-over" in " ".join(log.cautions)
