"""The journal, open for reading: beside a run that writes it, or long after."""

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hookscope.capture import row, schema
from hookscope.capture.record import Capture, Delivery, EventLine, Kind, Run, Source
from hookscope.errors import JournalError
from hookscope.meta.signature import SignatureVerdict

_CHUNK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A capture without its bytes, for lists. `delivery` is the last one, `event_count` that of the whole batch."""

    id: int
    run_id: int | None
    kind: Kind
    source: Source
    received_at: datetime
    method: str
    target: str
    event: EventLine | None
    event_count: int
    signature: SignatureVerdict
    handshake_accepted: bool | None
    problem: str | None
    reply_status: int | None
    reply_ms: float | None
    duplicate_of: int | None
    replay_of: int | None
    size: int
    delivered: bool
    delivery_status: int | None
    delivery_ms: float | None


_LINE = """
SELECT c.id, c.run_id, c.kind, c.source, c.received_at, c.method, c.target, c.events, c.signature, c.handshake,
    c.problem, c.reply_status, c.reply_ms, c.duplicate_of, c.replay_of, length(c.body) AS size,
    d.id AS delivery, d.status AS delivery_status, d.elapsed_ms AS delivery_ms
FROM captures AS c LEFT JOIN deliveries AS d
    ON d.id = (SELECT max(id) FROM deliveries WHERE capture_id = c.id)
"""


class History:
    """A read-only connection to a journal; a context manager. Raises JournalError when it cannot be read.

    Each call sees what is committed at that moment. Use it from one thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise JournalError(f"there is no journal {path}", hint="`hookscope run` writes one as captures come in")
        with self._translated():
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
            self._db.row_factory = sqlite3.Row
            schema.check(self._db)

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def capture(self, number: int) -> Capture | None:
        """The capture of that number."""
        rows = self._rows(f"SELECT id, {row.CAPTURE_COLUMNS} FROM captures WHERE id = ?", (number,))  # noqa: S608
        return next((row.read_capture(found) for found in rows), None)

    def captures(
        self, *, since: datetime | None = None, after: int = 0, newest_first: bool = False
    ) -> Iterator[Capture]:
        """Captures with a number over `after`, received at or after `since`; read in small chunks."""
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        statement = (
            f"SELECT id, {row.CAPTURE_COLUMNS} FROM captures "  # noqa: S608
            f"WHERE id {beyond} ? AND id > ? AND received_at >= ? ORDER BY id {order} LIMIT {_CHUNK}"
        )
        earliest = row.milliseconds(since) if since else 0
        last = (1 << 62) if newest_first else after
        while chunk := list(self._rows(statement, (last, after, earliest))):
            yield from map(row.read_capture, chunk)
            last = chunk[-1]["id"]

    def ids(self, *, after: int = 0) -> "array[int]":
        """The numbers of all captures over `after`, ascending; 8 bytes each."""
        return array(
            "q", (found[0] for found in self._rows("SELECT id FROM captures WHERE id > ? ORDER BY id", (after,)))
        )

    def lines(self, numbers: Sequence[int]) -> list[Line]:
        """The captures of these numbers, as list lines, ascending."""
        marks = ",".join("?" * len(numbers))
        return [_line(found) for found in self._rows(f"{_LINE} WHERE c.id IN ({marks}) ORDER BY c.id", tuple(numbers))]

    def deliveries(self, number: int) -> list[Delivery]:
        """What became of a capture: its deliveries, oldest first."""
        statement = f"SELECT id, {row.DELIVERY_COLUMNS} FROM deliveries WHERE capture_id = ? ORDER BY id"  # noqa: S608
        return [row.read_delivery(found) for found in self._rows(statement, (number,))]

    def run(self, number: int) -> Run | None:
        """The run of that number."""
        rows = self._rows(f"SELECT id, {row.RUN_COLUMNS} FROM runs WHERE id = ?", (number,))  # noqa: S608
        return next((row.read_run(found) for found in rows), None)

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        with self._translated():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(
                f"the journal {self.path} cannot be read: {error}",
                done="it was left as it is",
                hint="name another file with --journal, or move this one away",
            ) from error


def _line(found: sqlite3.Row) -> Line:
    events = json.loads(found["events"])
    return Line(
        id=found["id"],
        run_id=found["run_id"],
        kind=Kind(found["kind"]),
        source=Source(found["source"]),
        received_at=row.moment(found["received_at"]),
        method=found["method"],
        target=found["target"],
        event=row.unpack_events(json.dumps(events[:1]))[0] if events else None,
        event_count=len(events),
        signature=SignatureVerdict(found["signature"]),
        handshake_accepted=None if found["handshake"] is None else bool(found["handshake"]),
        problem=found["problem"],
        reply_status=found["reply_status"],
        reply_ms=found["reply_ms"],
        duplicate_of=found["duplicate_of"],
        replay_of=found["replay_of"],
        size=found["size"],
        delivered=found["delivery"] is not None,
        delivery_status=found["delivery_status"],
        delivery_ms=found["delivery_ms"],
    )
