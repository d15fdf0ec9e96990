"""Many captures in one statement.

Each statement lets go of the interpreter's lock and must get it back from a busy event loop. One for each capture, or
for the beginning and the end of a transaction, would spend most of its time waiting for that: a statement that adds
many rows is a transaction of its own. Where further statements complete the rows, one encloses all of them.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import chain, compress, repeat
from typing import Any

from msgspec.structs import replace

from hookscope.journal import codec
from hookscope.journal.sightings import Sightings
from hookscope.journal.sql import transaction
from hookscope.model.append import Append, Identities
from hookscope.model.record import Capture, Delivery, Originals, duplicate_of, of_batch

_COLUMNS = codec.APPEND_COLUMNS.split(", ")
_ROWS_A_STATEMENT = 256


def insert(
    connection: sqlite3.Connection, appends: Sequence[Append], sightings: Sightings | None = None
) -> list[Capture]:
    """Add all the captures or none; return them with what only the journal knows: number, originals, elapsed time.

    Those that are to be identified need `sightings`.
    """
    # Here and not where each is received: for many in one go it takes half the time.
    identities = [append.identify(append.capture) if append.identify else () for append in appends]
    leaders = [append.capture.leaders() if append.identify else () for append in appends]
    led_any = any(leaders)
    known = sightings.find([*identities, *leaders] if led_any else identities) if sightings else {}
    originals = [tuple(map(known.get, several)) for several in identities]
    elapsed = [_elapsed_ms(append) for append in appends]
    values: list[Any] = []
    packed: list[str | None] = []
    for append, several, elapsed_ms, found, led in zip(appends, identities, elapsed, originals, leaders, strict=True):
        values += codec.capture_values(append.capture, elapsed_ms, duplicate_of(found), of_batch(found), several)
        packed.append(values[-1])
        values += (_event_count(append, several), _first(known, led) if led and not duplicate_of(found) else None)
    twins = have_twins(identities, originals)
    with transaction(connection) if twins or led_any else nullcontext():
        first = codec.insert_many(connection, "captures", codec.APPEND_COLUMNS, len(appends), values) - len(appends) + 1
        if twins:
            mark_twins(connection, identities, originals, first)
        if led_any:
            _mark_followers(connection, identities, leaders, known, first)
    if sightings and any(packed):
        sightings.add(packed, first)
    return [
        append.capture.kept(number, elapsed_ms, found)
        for number, (append, elapsed_ms, found) in enumerate(zip(appends, elapsed, originals, strict=True), first)
    ]


def insert_rows(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Add rows with APPEND_COLUMNS, and return the number of the last.

    Columns that are NULL in all of them, as half of a notification's are, are left out: to bind them took a fifth of a
    mirror's instructions, since `sqlite3` looks for an adapter for each None.
    """
    used = [any(column) or column.count(None) < len(column) for column in zip(*rows, strict=True)]
    columns, last = ", ".join(compress(_COLUMNS, used)), 0
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        part = rows[start : start + _ROWS_A_STATEMENT]
        values = list(chain.from_iterable(map(compress, part, repeat(used))))
        last = codec.insert_many(db, "captures", columns, len(part), values)
    return last


def insert_replays(
    connection: sqlite3.Connection, replays: Sequence[tuple[Capture, Delivery]]
) -> list[tuple[Capture, Delivery]]:
    """Add all the replays with their deliveries; return them with their numbers."""
    captures = insert(connection, [Append(capture) for capture, _ in replays])
    deliveries = [
        replace(delivery, replay_id=capture.id) for capture, (_, delivery) in zip(captures, replays, strict=True)
    ]
    insert_deliveries(connection, deliveries)
    return list(zip(captures, deliveries, strict=True))


def insert_deliveries(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Add all the deliveries."""
    values = [value for delivery in deliveries for value in codec.delivery_values(delivery)]
    codec.insert_many(connection, "deliveries", codec.DELIVERY_COLUMNS, len(deliveries), values)


def _elapsed_ms(append: Append) -> float | None:
    if append.since is None:
        return append.capture.reply.elapsed_ms
    return round((time.perf_counter() - append.since) * 1e6) / 1000  # A quarter of the time of `round(…, 3)`.


def _event_count(append: Append, identities: Identities) -> int | None:
    """Return the number of a capture's events; None if they were not taken apart, as those of a forged body are not."""
    if append.capture.replay_of:
        return append.capture.count_events() or None
    return len(identities) or None


def have_twins(identities: Sequence[Identities], originals: Sequence[Originals]) -> bool:
    """Return whether any of these captures has the same event as another, and none that was known has it."""
    new = [
        identity
        for several, before in zip(identities, originals, strict=True)
        for identity, known in zip(several, before, strict=True)
        if identity and not known
    ]
    return len({*new}) < len(new)


def mark_twins(
    connection: sqlite3.Connection, identities: Sequence[Identities], originals: list[Originals], first: int
) -> None:
    """Mark the duplicates whose original came with them, and so had no number before; their numbers begin with `first`.

    `originals`, those that were known, are completed. Call it in the transaction that adds the captures.
    """
    seen: dict[str, int] = {}
    for number, several in enumerate(identities, first):
        before = originals[number - first]
        found = tuple(
            [known or _before(seen, identity, number) for identity, known in zip(several, before, strict=True)]
        )
        if found != before:
            originals[number - first] = found
            connection.execute(
                "UPDATE captures SET duplicate_of = ?, originals = ?, identity = ? WHERE id = ?",
                (
                    duplicate_of(found),
                    codec.pack_originals(of_batch(found)),
                    several[0] if len(several) == 1 else None,
                    number,
                ),
            )


def _mark_followers(
    connection: sqlite3.Connection,
    identities: Sequence[Identities],
    leaders: Sequence[tuple[str, ...]],
    known: dict[str | None, int],
    first: int,
) -> None:
    """Link statuses to their message, or first status, in the same batch of inserts."""
    seen: dict[str | None, int] = {}
    for number, (several, led) in enumerate(zip(identities, leaders, strict=True), first):
        if led and _first(known, led) is None and (leader := _first(seen, led)):
            connection.execute("UPDATE captures SET follows = ? WHERE id = ?", (leader, number))
        if len(several) == 1:
            seen.setdefault(several[0], number)


def _first(known: dict[str | None, int], identities: Sequence[str]) -> int | None:
    """Return the first capture of any of these identities."""
    return min((known[identity] for identity in identities if identity in known), default=None)


def _before(seen: dict[str, int], identity: str | None, number: int) -> int | None:
    """Return the capture that had an identity before this one, which is remembered as the first if none had."""
    first = seen.setdefault(identity, number) if identity else number
    return first if first != number else None
