"""The SQL statements of a log, with its schema's name filled in."""

from functools import cache
from typing import LiteralString

from psycopg import sql

_APPEND = """
WITH l AS (
    UPDATE {log}.log SET last_seq = last_seq + %s RETURNING last_seq - %s AS before
), i AS (
    INSERT INTO {log}.entries (seq, head, body)
    SELECT before + x.n, x.head, x.body
    FROM l, unnest(%b::bytea[], %b::bytea[]) WITH ORDINALITY AS x (head, body, n)
), t AS (
    SELECT TELL FROM l
)
SELECT before + 1, READERS FROM l, t
"""

_READERS = "(SELECT count(*) FROM {log}.followers WHERE seen_at > clock_timestamp() - interval '30 s')"
_TELL = "pg_notify({channel}, (before + %s)::text)"

APPEND = _APPEND.replace("TELL", _TELL).replace("READERS", _READERS)
"""One round trip and one commit. The lock on the row of `log`, held until the commit, makes the numbers gapless and
puts them in the order of the commits; with a sequence, a reader would skip what has a lower number and commits later.

The notification says the number of the last entry, which nobody has to believe: everybody may send one. PostgreSQL
delivers it after the commit, and takes a lock for the whole cluster of databases for it: once for a batch, not for each
entry.
Source: PostgreSQL's manual, "NOTIFY" and "CREATE SEQUENCE", notes (read 2026-11-29).
"""

APPEND_SILENTLY = _APPEND.replace("TELL", "%s::bigint").replace("READERS", "0")
"""The same where readers poll, or are told later."""

RING = """
SELECT READERS, pg_notify({channel}, last_seq::text), set_config('synchronous_commit', 'off', true) FROM {log}.log
""".replace("READERS", _READERS)
"""It waits for no disk, which the appends need: a server that crashes has forgotten its notifications anyway."""

READ = """
SELECT seq, head, CASE WHEN place = 1 THEN substr(body, 1, %s) ELSE body END, octet_length(body), goes_on
FROM (
    SELECT seq, head, body,
        sum(octet_length(head) + octet_length(body)) OVER (ORDER BY seq) AS total,
        row_number() OVER (ORDER BY seq) AS place,
        lead(true, 1, false) OVER (ORDER BY seq) AS goes_on
    FROM (
        SELECT seq, head, body FROM {log}.entries
        WHERE seq > %s AND (SELECT id FROM {log}.log) = %s
        ORDER BY seq LIMIT %s
    ) AS page
) AS measured
WHERE total <= %s OR place = 1
ORDER BY seq
"""
"""The length of an uncompressed value is known without reading it, so values over the limit are never read. `goes_on`
is true for the last one before them. Of a log with another id, it reads nothing.

The first body may be over the limit by itself. Then its beginning comes, and the rest in pieces: also over a slow
network, each answer comes in time. A piece of an uncompressed value is read without the rest of it.
"""

PIECE = "SELECT substr(body, %s, %s) FROM {log}.entries WHERE seq = %s AND (SELECT id FROM {log}.log) = %s"

ABOUT = "SELECT id, app_id, version, min_reader, first_seq, last_seq FROM {log}.log"

BOUNDS = "SELECT id, first_seq, last_seq FROM {log}.log"

CLAIM = "UPDATE {log}.log SET app_id = %s WHERE app_id IS NULL AND version <= %s"

TAKE = """
UPDATE {log}.lease SET fence = fence + 1, holder = %s, until = clock_timestamp() + make_interval(secs => %s)
WHERE holder IS NULL OR until < clock_timestamp()
RETURNING fence, holder, until, state
"""
"""Of several at once the others wait for the first one's commit and look at the row again: one of them gets it.
Source: PostgreSQL's manual, "Read Committed Isolation Level" (read 2026-11-29).
"""

RENEW = """
UPDATE {log}.lease SET
    until = clock_timestamp() + make_interval(secs => %(ttl)s),
    holder = CASE WHEN %(ttl)s > 0 THEN holder END,
    state = coalesce(%(state)s, state)
WHERE fence = %(fence)s AND holder IS NOT NULL
RETURNING fence, %(holder)s, until, state
"""

MOVE_FIRST = """
UPDATE {log}.log SET first_seq = least(%(up_to)s, last_seq) + 1
WHERE first_seq <= %(up_to)s
    AND EXISTS (SELECT 1 FROM {log}.lease WHERE fence = %(fence)s AND holder IS NOT NULL)
"""

TRIM = """
DELETE FROM {log}.entries
WHERE seq IN (
    SELECT e.seq FROM {log}.entries e, {log}.log l, {log}.lease
    WHERE e.seq < l.first_seq AND fence = %(fence)s AND holder IS NOT NULL
    ORDER BY e.seq LIMIT %(slice)s
)
"""
"""First the log's beginning is moved, which is quick; then the entries before it are deleted in slices, without the
lock that appends need.
"""

CHECK_IN = """
INSERT INTO {log}.followers (name, host, seq, seen_at) VALUES (%s, %s, %s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET host = excluded.host, seq = excluded.seq, seen_at = excluded.seen_at
RETURNING READERS
""".replace("READERS", _READERS)

LEASE = "SELECT fence, holder, until, state, holder IS NOT NULL AND until >= clock_timestamp() FROM {log}.lease"

FOLLOWERS = "SELECT name, host, seq, seen_at FROM {log}.followers ORDER BY name"

DURABILITY = """
SELECT has_table_privilege({table}, 'INSERT'), current_setting('fsync'), current_setting('synchronous_commit'),
    current_setting('synchronous_standby_names'), (SELECT count(*) FROM pg_stat_replication)
"""


def channel_of(log: str) -> str:
    """Return the channel on which a log's readers are told of new entries. Channels belong to one database."""
    return f"hookscope_{log}"


@cache
def filled(statement: LiteralString, log: str) -> bytes:
    """Return a statement for the log of that name; made once, since it takes 40 µs of each append and read."""
    names = {
        "log": sql.Identifier(log),
        "channel": sql.Literal(channel_of(log)),
        "table": sql.Literal(f"{log}.entries"),
    }
    return sql.SQL(statement).format(**names).as_bytes()
