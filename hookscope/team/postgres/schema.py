"""The tables of a log, one PostgreSQL schema for each log, and the rights on them."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from hookscope.team.address import LogAddress
from hookscope.team.log import LogRefusedError
from hookscope.team.postgres.connecting import PostgresConnection
from hookscope.team.postgres.link import PostgresLink
from hookscope.team.postgres.options import options_of

VERSION = 1
"""The version of the tables. A client older than a log's `min_reader` must not read it; one older than its `version`
must not write to it.
"""

_OLDEST_SERVER = 14_00_00

_TABLES = """
CREATE TABLE {log}.log (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    app_id text,
    version integer NOT NULL,
    min_reader integer NOT NULL,
    first_seq bigint NOT NULL DEFAULT 1,
    last_seq bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
CREATE TABLE {log}.lease (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    fence bigint NOT NULL DEFAULT 0,
    holder text,
    until timestamptz,
    state bytea
) WITH (fillfactor = 10);
CREATE TABLE {log}.entries (seq bigint PRIMARY KEY, head bytea NOT NULL, body bytea NOT NULL);
ALTER TABLE {log}.entries ALTER body SET STORAGE EXTERNAL;
CREATE TABLE {log}.followers (
    name text PRIMARY KEY,
    host text NOT NULL,
    seq bigint NOT NULL,
    seen_at timestamptz NOT NULL
);
INSERT INTO {log}.log (version, min_reader) VALUES ({version}, {version});
INSERT INTO {log}.lease DEFAULT VALUES;
"""
"""The lease has a table of its own, so that to renew it never waits for an append, which locks the row of `log`.

Both are updated all the time: with room in their pages the new row lands in the same page, without touching an index.
EXTERNAL stores bodies uncompressed. Source: PostgreSQL's manual, "Heap-Only Tuples" and "TOAST" (read 2026-11-29).
"""

_READER = """
GRANT USAGE ON SCHEMA {log} TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA {log} TO {role};
GRANT INSERT, UPDATE ON {log}.followers TO {role};
"""


_RENEWAL = """
UPDATE {log}.log SET id = gen_random_uuid();
UPDATE {log}.lease SET fence = fence + 1, holder = NULL, until = NULL;
"""


async def initialize(address: LogAddress, *, readers: Sequence[str] = (), renew: bool = False) -> UUID:
    """Create the log unless it exists, let the roles read it, and return its id; all or nothing.

    `renew` gives it a new id, which it needs after a restore from a backup, and ends its lease. Raises
    LogUnavailableError or LogRefusedError.
    """

    async def work(connection: PostgresConnection) -> UUID:
        async with connection.transaction():
            await _create(connection, address.log)
            for role in readers:
                await connection.execute(_filled(_READER, address.log, role=sql.Identifier(role)))
            if renew:
                await connection.execute(_filled(_RENEWAL, address.log))
            return await _id(connection, address.log)

    link = PostgresLink(address, options_of(address, writes=True))
    try:
        return await link.run(work, seconds=30.0)
    finally:
        await link.close()


async def _create(connection: PostgresConnection, log: str) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        raise LogRefusedError(
            f"a shared log needs PostgreSQL 14, but the server has version {connection.info.server_version // 10000}",
            hint="use a newer server",
        )
    # Of two at once, the second waits for the first, and finds the tables.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (log,))
    found = await connection.execute("SELECT to_regnamespace(%s), to_regclass(%s)", (log, f"{log}.log"))
    schema, table = await found.fetchone() or (None, None)
    if schema is None:
        await connection.execute(_filled("CREATE SCHEMA {log}", log))
    if table is None:
        await connection.execute(_filled(_TABLES, log, version=sql.Literal(VERSION)))


async def _id(connection: PostgresConnection, log: str) -> UUID:
    row = await (await connection.execute(_filled("SELECT id FROM {log}.log", log))).fetchone()
    assert row
    number: UUID = row[0]
    return number


def _filled(statement: LiteralString, log: str, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(statement).format(log=sql.Identifier(log), **parts)
