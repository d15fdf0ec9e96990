"""The outcomes of deliveries, derived in one place: for the list, for filters, and for the target of a replay.

The last delivery to each application counts, including a replay's; but a notification that a run holds is held until
that run, or a later one, has delivered it. The SQL expressions refer to a delivery `d`.
"""

import sqlite3
from collections.abc import Sequence

from hookscope.journal.sql import placeholders
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Cause

ACKNOWLEDGED = """(
    c.kind = 'notification' AND c.signature IN ('valid', 'unchecked') AND c.reply_status = 200 AND c.replay_of IS NULL
)"""
"""True if a capture `c` is a notification to be delivered. One that was not answered 200 is not: Meta repeats it."""

HELD = f"""(
    (d.cause <> 'forward' OR d.failure IS 'unreachable')
    AND EXISTS (SELECT 1 FROM captures AS c WHERE c.id = d.capture_id AND {ACKNOWLEDGED})
    AND (
        SELECT min(failure IS 'unreachable') FROM deliveries
        WHERE capture_id = d.capture_id AND target = d.target AND cause = 'forward'
    ) IS TRUE
)"""  # noqa: S608
"""True if the delivery's capture waits for its application: no attempt to forward it has succeeded.

The first condition only spares the others for almost all deliveries.
"""

ANSWER = f"CASE WHEN {HELD} THEN 'held' ELSE coalesce(CAST(d.status AS TEXT), 'err') END"
"""The outcome in a word: a status, `err` where there was no answer, or `held`."""

BAD = "(d.status IS NULL OR d.status >= 300)"
"""True if the application did not accept it; an index covers these."""

OWN = """(
    {0}.replay_id IS NULL OR coalesce(
        (SELECT body FROM captures WHERE id = {0}.replay_id) = (SELECT body FROM captures WHERE id = {0}.capture_id),
        TRUE
    )
)"""
"""True if a delivery sent the capture's own bytes. A replay with other bytes does not count for it."""

LAST_OF = f"""(
    SELECT max(l.id) FROM deliveries AS l WHERE l.capture_id IN ({{}}) AND {OWN.format("l")}
    GROUP BY l.capture_id, l.target
)"""  # noqa: S608
"""The last delivery of these captures to each application."""

LAST = f"""d.id = (
    SELECT max(l.id) FROM deliveries AS l
    WHERE l.capture_id = d.capture_id AND l.target = d.target AND {OWN.format("l")}
)"""  # noqa: S608
"""True if it is the last delivery to its application."""


def read_answers(db: sqlite3.Connection, capture_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the last outcomes of these captures at each of their applications, each in a word."""
    marks = placeholders(capture_ids)
    statement = f"SELECT d.capture_id, {ANSWER} FROM deliveries AS d WHERE d.id IN {LAST_OF.format(marks)}"  # noqa: S608
    found: dict[int, set[str]] = {}
    for capture_id, answer in db.execute(statement, tuple(capture_ids)):
        found.setdefault(capture_id, set()).add(answer)
    return found


def read_statuses(db: sqlite3.Connection, capture_ids: Sequence[int]) -> dict[int, DeliveryStatus]:
    """Return the delivery status of each of these captures that was sent; of several applications, the worst."""
    marks = placeholders(capture_ids)
    statement = (
        "SELECT d.capture_id, d.status, d.elapsed_ms, d.error IS NOT NULL AND d.status IS NOT NULL AS wrong, "  # noqa: S608
        f"{HELD} AS held, {BAD} AS bad, d.id AS id FROM deliveries AS d WHERE d.id IN {LAST_OF.format(marks)} "
        "UNION ALL "
        "SELECT replay_id, status, elapsed_ms, error IS NOT NULL AND status IS NOT NULL, FALSE, FALSE, id "
        f"FROM deliveries WHERE replay_id IN ({marks}) ORDER BY held, bad, wrong, id"
    )
    return {  # Of several rows the last one counts.
        capture_id: DeliveryStatus(status=status, elapsed_ms=elapsed, held=bool(held), wrong=bool(wrong))
        for capture_id, status, elapsed, wrong, held, *_ in db.execute(statement, (*capture_ids, *capture_ids))
    }


def read_forward_target(db: sqlite3.Connection, capture_id: int) -> str | None:
    """Return the application that a capture was forwarded to; of several, the worst off: refused, then unanswered."""
    statement = (
        f"SELECT d.target FROM deliveries AS d WHERE d.capture_id = ? AND {LAST} "  # noqa: S608
        "AND d.target IN (SELECT target FROM deliveries WHERE capture_id = d.capture_id AND cause = ?) "
        f"ORDER BY coalesce(d.status, 0) >= 300 DESC, d.status IS NULL AND NOT {HELD} DESC, d.id DESC"
    )
    return next((target for (target,) in db.execute(statement, (capture_id, Cause.FORWARD))), None)
