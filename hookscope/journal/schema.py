"""The journal's tables. A migration is never changed once released; a new one goes to the end of the list.

Times are milliseconds since 1970 in UTC. `headers` is written by `packed_headers.py`; up to version 7 it is one `Name:
value` a line, ended by CR LF, as raw bytes. The contents of a body are stored nowhere else; `search` finds captures by
their tokens and holds nothing but these. `events` counts the events of a body, where these were counted as it was
stored. `follows` is the capture of the message whose status a capture reports, or of the first status of that message.
`identity` is that of the only event of a duplicate, up to version 8 of any capture. Those of all others are in
`identities`, and come to `sightings` by and by.
`inheritances` names the run that delivers what an ended run left undelivered to an application. `fetched` holds the
Graph API's answers for the nodes that a capture refers to, as JSON without access tokens. `mirrored` maps entries of a
shared log to captures. A row outlives its capture, so that a deleted one does not return. `logs` names the logs.
`marked_events` holds the events of which a marked capture's mark consists; without any, the whole capture is marked.
`upkeep` is one row: how far the index and `sightings` go, and how often captures were deleted, marked or noted.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hookscope.errors import JournalError
from hookscope.journal.sql import transaction

_MIGRATIONS = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL,
        app_id TEXT NOT NULL,
        objects TEXT NOT NULL,
        targets TEXT NOT NULL,
        routes TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER
    ) STRICT;
    CREATE TABLE inheritances (
        run_id INTEGER NOT NULL REFERENCES runs (id),
        target TEXT NOT NULL,
        heir_id INTEGER NOT NULL REFERENCES runs (id),
        PRIMARY KEY (run_id, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE captures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER REFERENCES runs (id),
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        remote TEXT NOT NULL,
        headers BLOB NOT NULL,
        reply_status INTEGER,
        reply_body BLOB NOT NULL,
        reply_ms REAL,
        signature TEXT NOT NULL,
        signature_algorithm TEXT,
        signature_reason TEXT,
        handshake INTEGER,
        handshake_reason TEXT,
        flaw TEXT,
        identity TEXT,
        identities TEXT,
        duplicate_of INTEGER,
        originals TEXT,
        replay_of INTEGER,
        marked INTEGER NOT NULL DEFAULT 0,
        note TEXT,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX captures_by_time ON captures (received_at);
    CREATE INDEX large_captures ON captures (id) WHERE length(body) > 65536;
    CREATE INDEX captures_by_identity ON captures (identity) WHERE identity IS NOT NULL;
    CREATE TABLE sightings (
        identity TEXT NOT NULL,
        capture_id INTEGER NOT NULL,
        PRIMARY KEY (identity, capture_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER batch_gone AFTER DELETE ON captures WHEN old.identities IS NOT NULL BEGIN
        DELETE FROM sightings
        WHERE capture_id = old.id AND identity IN (SELECT value FROM json_each(old.identities));
    END;
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        capture_id INTEGER NOT NULL REFERENCES captures (id),
        replay_id INTEGER REFERENCES captures (id),
        cause TEXT NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        status INTEGER,
        elapsed_ms REAL NOT NULL,
        failure TEXT,
        error TEXT,
        answer BLOB NOT NULL,
        answer_type TEXT NOT NULL
    ) STRICT;
    CREATE INDEX deliveries_by_capture ON deliveries (capture_id);
    CREATE INDEX bad_deliveries ON deliveries (capture_id) WHERE status IS NULL OR status >= 300;
    CREATE INDEX deliveries_by_replay ON deliveries (replay_id) WHERE replay_id IS NOT NULL;
    CREATE VIRTUAL TABLE search USING fts5 (
        words, content='', columnsize=0, detail=none, prefix='1 2', tokenize='ascii'
    );
    CREATE TABLE upkeep (
        index_version INTEGER NOT NULL,
        indexed_up_to INTEGER NOT NULL,
        deletions INTEGER NOT NULL,
        remarks INTEGER NOT NULL
    ) STRICT;
    INSERT INTO upkeep VALUES (0, 0, 0, 0);
    """,
    "CREATE INDEX strays ON captures (id) WHERE kind = 'stray'",
    """
    CREATE TABLE fetched (
        capture_id INTEGER NOT NULL REFERENCES captures (id),
        kind TEXT NOT NULL,
        node TEXT NOT NULL,
        fetched_at INTEGER NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (capture_id, kind, node)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL
    ) STRICT;
    CREATE TABLE mirrored (
        log_id INTEGER NOT NULL REFERENCES logs (id),
        seq INTEGER NOT NULL,
        capture_id INTEGER NOT NULL,
        PRIMARY KEY (log_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX mirrored_by_capture ON mirrored (capture_id);
    """,
    """
    ALTER TABLE captures ADD COLUMN events INTEGER;
    ALTER TABLE captures ADD COLUMN follows INTEGER;
    CREATE INDEX captures_by_run ON captures (run_id);
    CREATE INDEX batches ON captures (id, events) WHERE events > 1;
    CREATE INDEX followers ON captures (id, follows) WHERE follows IS NOT NULL;
    CREATE INDEX leaders ON captures (follows, id) WHERE follows IS NOT NULL;
    """,
    """
    CREATE TABLE marked_events (
        capture_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (capture_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER marks_gone AFTER DELETE ON captures WHEN old.marked BEGIN
        DELETE FROM marked_events WHERE capture_id = old.id;
    END;
    """,
    "INSERT INTO search (search, rank) VALUES ('usermerge', 2)",
    """
    DROP INDEX deliveries_by_capture;
    CREATE INDEX deliveries_by_capture ON deliveries (capture_id, status);
    DROP INDEX bad_deliveries;
    CREATE INDEX bad_deliveries ON deliveries (capture_id, status) WHERE status IS NULL OR status >= 300;
    INSERT INTO search (search, rank) VALUES ('automerge', 0);
    """,
    """
    ALTER TABLE upkeep ADD COLUMN sighted_up_to INTEGER NOT NULL DEFAULT 0;
    UPDATE upkeep SET sighted_up_to = (SELECT coalesce(max(id), 0) FROM captures);
    """,
)

VERSION = len(_MIGRATIONS)

PLAIN_HEADERS = 7
"""The last version of which a program does not read the headers that later ones write."""

_APPLICATION = int.from_bytes(b"hksc", "big")
"""SQLite's mark of the program that a file belongs to."""


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a journal to the newest version; `check` it first. Each step is a transaction, and so is a new journal.

    Two processes that open a new journal at once do not collide: the version is read again under the write lock.
    """
    while (version := _version(connection)) < VERSION:
        reached = version + 1 if version else VERSION
        with transaction(connection):
            if _version(connection) == version:
                for statement in _statements(";".join(_MIGRATIONS[version:reached])):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {reached}")


def check(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a journal, 0 for a file that is none yet.

    Raises JournalError for a database of another program, and when this one is too old for the journal.
    """
    if not _is_ours(connection) and not _is_empty(connection) and not _is_ours(connection):
        # Asked twice: another process may have made a journal of the empty file in between.
        raise JournalError(
            f"{path} is another program's database",
            done="it was left unchanged",
            hint="name another file with --journal",
        )
    if (version := _version(connection)) > VERSION:
        raise JournalError(
            f"the journal {path} has version {version}, but this hookscope supports version {VERSION}",
            done="nothing was changed",
            hint="upgrade hookscope, or name another file with --journal",
        )
    if 0 < version < VERSION and lacks(connection, "sightings"):
        raise JournalError(
            f"the journal {path} was made before the first release, in a format that is no longer supported",
            done="it was left unchanged",
            hint="move it away, or name another file with --journal",
        )
    return version


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements; a trigger's body stays together."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


_STAND_INS = {
    "fetched": "CREATE TEMP TABLE fetched (capture_id, kind, node, fetched_at, answer)",
    "logs": "CREATE TEMP TABLE logs (id, uuid, name)",
    "mirrored": "CREATE TEMP TABLE mirrored (log_id, seq, capture_id)",
    "marked_events": "CREATE TEMP TABLE marked_events (capture_id, position)",
}
"""Empty tables for a reader of a journal of an earlier version, which only a writer migrates."""


def stand_in(connection: sqlite3.Connection) -> bool:
    """Create empty tables in place of those that a journal lacks, and return whether it lacks any.

    They exist for this connection only; call this again before each use, since a writer may migrate at any moment.
    """
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    made = {name for (name,) in connection.execute("SELECT name FROM sqlite_temp_master WHERE type = 'table'")}
    for table in made & there:
        connection.execute(f"DROP TABLE temp.{table}")
    for table in _STAND_INS.keys() - there - made:
        connection.execute(_STAND_INS[table])
    return not _STAND_INS.keys() <= there


def lacks(connection: sqlite3.Connection, name: str) -> bool:
    """Return whether a journal of an earlier version lacks a table or an index."""
    return not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]


def _is_ours(connection: sqlite3.Connection) -> bool:
    return _number(connection, "PRAGMA application_id") == _APPLICATION


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not _number(connection, "SELECT count(*) FROM sqlite_master")


def _version(connection: sqlite3.Connection) -> int:
    return _number(connection, "PRAGMA user_version")


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
