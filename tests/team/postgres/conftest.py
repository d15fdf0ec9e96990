"""Logs on a real PostgreSQL, and the roles of those who use one."""

from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import uuid4

import pytest

from hookscope.team.address import LogAddress, check_address
from hookscope.team.opening import initialize_log
from tests.support.postgres import SharedPostgres

RunSql: TypeAlias = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
async def address(postgres: SharedPostgres) -> LogAddress:
    """Return the address of an empty log, for its owner."""
    found = check_address(postgres.url, log=f"log_{uuid4().hex[:12]}")
    await initialize_log(found)
    return found


@pytest.fixture
def run_sql(address: LogAddress) -> RunSql:
    """Return what runs a statement on the log's server, with `{log}` as the schema; as its superuser, or as `user`."""
    import psycopg

    def run(statement: str, *values: Any, user: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(address.url, user=user, autocommit=True) as connection:
            cursor = connection.execute(statement.replace("{log}", address.log).encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def role(run_sql: RunSql) -> Callable[[], str]:
    """Return what creates a role that may log in, and nothing else."""

    def create() -> str:
        name = f"role_{uuid4().hex[:12]}"
        run_sql(f"CREATE ROLE {name} LOGIN")
        return name

    return create


def as_user(address: LogAddress, user: str) -> LogAddress:
    """Return the address for another role."""
    return check_address(address.url.replace("postgres@", f"{user}@", 1), log=address.log)


def through(address: LogAddress, port: int) -> LogAddress:
    """Return the address at another port of this machine."""
    start, _, database = address.url.rpartition("/")
    return check_address(f"{start.rpartition(':')[0]}:{port}/{database}", log=address.log)


def port_of(address: LogAddress) -> int:
    """Return the port of the server."""
    return int(address.url.rpartition("/")[0].rpartition(":")[2])
