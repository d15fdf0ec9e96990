"""Derives the delivery status in one place: for the list, for filters, and for the target of a replay.

The last delivery to each application counts, including a replay's; but a notification that a run holds is held until
that run, or a later one, has delivered it. The SQL is of a delivery `d`.
"""

ACKNOWLEDGED = """(
    c.kind = 'notification' AND c.signature IN ('valid', 'unchecked') AND c.reply_status = 200 AND c.replay_of IS NULL
)"""
"""True if a capture `c` is a notification to be delivered. One that was not answered 200 is not: Meta repeats it."""

HELD = f"""(
    EXISTS (SELECT 1 FROM captures AS c WHERE c.id = d.capture_id AND {ACKNOWLEDGED})
    AND EXISTS (SELECT 1 FROM deliveries WHERE capture_id = d.capture_id AND target = d.target AND cause = 'forward')
    AND NOT EXISTS (
        SELECT 1 FROM deliveries WHERE capture_id = d.capture_id AND target = d.target AND cause = 'forward'
            AND failure IS NOT 'unreachable'
    )
)"""  # noqa: S608
"""True if the delivery's capture waits for its application."""

ANSWER = f"CASE WHEN {HELD} THEN 'held' ELSE coalesce(CAST(d.status AS TEXT), 'err') END"
"""The outcome in a word: a status, `err` where there was no answer, or `held`."""

BAD = "(d.status IS NULL OR d.status >= 300)"
"""True if the application did not accept it; there is an index of these."""

OWN = """(
    {0}.replay_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM captures AS sent JOIN captures AS came ON came.id = {0}.capture_id
        WHERE sent.id = {0}.replay_id AND sent.body <> came.body
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
