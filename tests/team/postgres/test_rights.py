"""Who may do what with a log on PostgreSQL."""

from collections.abc import Callable

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from psycopg.errors import InsufficientPrivilege

from hookscope.team.address import LogAddress
from hookscope.team.log import Entry, LogRefusedError
from hookscope.team.opening import initialize_log, open_log
from tests.team.postgres.conftest import RunSql, as_user

APP = "4711"
_ENTRY = Entry(head=b"{}", body=b"one")
_FORBIDDEN = [
    "INSERT INTO {log}.entries VALUES (1, '', '')",
    "UPDATE {log}.entries SET body = ''",
    "DELETE FROM {log}.entries",
    "TRUNCATE {log}.entries",
    "UPDATE {log}.log SET last_seq = 0",
    "UPDATE {log}.lease SET holder = 'anna'",
    "DELETE FROM {log}.followers",
    "DROP SCHEMA {log} CASCADE",
    "CREATE TABLE {log}.mine (a int)",
]


async def test_a_reader_reads_waits_and_checks_in(address: LogAddress, role: Callable[[], str]) -> None:
    anna = role()
    await initialize_log(address, readers=[anna])
    async with open_log(address, app_id=APP) as log, open_log(as_user(address, anna)) as reader:
        await log.append([_ENTRY])
        assert await reader.grown(after=0, seconds=30)
        assert len(await reader.read(after=0)) == 1
        await reader.check_in(name="anna", host="laptop", seq=1)
        assert [one.name for one in (await log.status()).followers] == ["anna"]


async def test_a_reader_changes_nothing(address: LogAddress, role: Callable[[], str], run_sql: RunSql) -> None:
    anna = role()
    await initialize_log(address, readers=[anna])
    for statement in _FORBIDDEN:
        with pytest.raises(InsufficientPrivilege):
            run_sql(statement, user=anna)


async def test_a_reader_does_not_get_a_log_for_appending(address: LogAddress, role: Callable[[], str]) -> None:
    anna = role()
    await initialize_log(address, readers=[anna])
    with pytest.raises(LogRefusedError, match="may not write") as refused:
        async with open_log(as_user(address, anna), app_id=APP):
            pass
    assert refused.value.code == 2
    async with open_log(as_user(address, anna)) as reader:
        with pytest.raises(LogRefusedError, match="permission denied"):
            await reader.take(holder="anna", ttl=30)
        with pytest.raises(LogRefusedError, match="permission denied"):
            await reader.append([_ENTRY])


async def test_a_stranger_is_told_whom_to_ask(address: LogAddress, role: Callable[[], str]) -> None:
    with pytest.raises(LogRefusedError, match="permission denied") as refused:
        async with open_log(as_user(address, role())):
            pass
    assert "relay init --grant" in (refused.value.hint or "")


async def test_nobody_is_granted_anything_when_one_of_them_does_not_exist(
    address: LogAddress, role: Callable[[], str]
) -> None:
    anna = role()
    with pytest.raises(LogRefusedError, match="no_such_role") as refused:
        await initialize_log(address, readers=[anna, "no_such_role"])
    assert "CREATE ROLE" in (refused.value.hint or "")
    with pytest.raises(LogRefusedError):
        async with open_log(as_user(address, anna)):
            pass


async def test_a_role_that_owns_nothing_creates_no_log(address: LogAddress, role: Callable[[], str]) -> None:
    with pytest.raises(LogRefusedError, match="permission denied for"):
        await initialize_log(as_user(address, role()))
