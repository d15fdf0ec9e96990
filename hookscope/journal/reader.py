"""The journal, open for reading, even while a run writes it."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from hookscope.errors import JournalError, NoJournalError
from hookscope.journal import capture_reader, codec, fetched_codec, outcomes, outline_reader, schema, summary_codec
from hookscope.journal.sql import placeholders, snapshot
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery, Kind, Run, Source
from hookscope.model.timestamps import milliseconds

if TYPE_CHECKING:
    from array import array

    from hookscope.filter.query import Query
    from hookscope.journal.candidates import Candidate

_CHUNK = 16
"""Few captures at a time: each may hold a body of many megabytes."""
_LAST_RUN = "(SELECT max(id) FROM runs)"
_NO_JOURNAL_HINT = "`hookscope run` writes one as captures come in"


class JournalReader:
    """A read-only connection to a journal; a context manager. Raises JournalError when it cannot be read.

    Each call sees what is committed at that moment. Use it from one thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise NoJournalError(f"there is no journal {path}", hint=_NO_JOURNAL_HINT)
        with self._translated():
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
            self._db.row_factory = sqlite3.Row
            try:
                if not (version := schema.check(self._db, path)):
                    raise NoJournalError(f"there is no journal in {path}", hint=_NO_JOURNAL_HINT)
                self._is_old = version < schema.VERSION and schema.stand_in(self._db)
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def capture(self, capture_id: int) -> Capture | None:
        """Return the capture with that id."""
        return next(iter(self._captures("id = ?", (capture_id,))), None)

    def captures_by_id(self, capture_ids: Sequence[int]) -> dict[int, Capture]:
        """Return the existing captures among these ids, by id: a few at a time, since they may be large."""
        return {capture.id: capture for capture in self._loaded(capture_ids)}

    def captures(
        self,
        query: "Query | None" = None,
        *,
        since: datetime | None = None,
        after: int = 0,
        run_id: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Capture]:
        """Yield captures with an id over `after`, received at or after `since`, of one run or of all, read in chunks.

        With a query, yield those that match; the first comes at once, however many captures there are.
        """
        if query is None:
            yield from self._all(since, after, run_id, newest_first)
            return
        from hookscope.filter.query import AllOf, Since

        condition = AllOf((query.condition, Since(since))) if since else query.condition
        for chunk in self._chunks(replace(query, condition=condition), after, None, newest_first):
            found = self.captures_by_id([one.capture_id for one in chunk])
            meant = {one.capture_id for one in chunk if one.decided and query.exact}
            meant |= self._meant(query, [capture for capture_id, capture in found.items() if capture_id not in meant])
            for one in chunk:
                capture = found.get(one.capture_id)
                if capture and one.capture_id in meant and (run_id is None or capture.run_id == run_id):
                    yield capture

    def capture_ids(
        self, query: "Query", *, after: int = 0, before: int | None = None, newest_first: bool = True
    ) -> Iterator[int]:
        """Yield the ids of the captures that match a query, between two ids; load only those to be examined."""
        for chunk in self._chunks(query, after, before, newest_first):
            unsure = [one.capture_id for one in chunk if not (one.decided and query.exact)]
            meant = self._meant(query, self._loaded(unsure))
            yield from (one.capture_id for one in chunk if (one.decided and query.exact) or one.capture_id in meant)

    def matching_ids(self, query: "Query", capture_ids: Sequence[int]) -> set[int]:
        """Return the ids, of these, whose captures match a query; loads all of them, a few at a time."""
        parts = (capture_ids[start : start + _CHUNK] for start in range(0, len(capture_ids), _CHUNK))
        return set[int]().union(*(self._meant(query, self._loaded(part)) for part in parts))

    def delivery_statuses(self, capture_ids: Sequence[int]) -> dict[int, set[str]]:
        """Return the last results of these captures at each of their applications: a status, `err` or `held`."""
        with self._translated():
            self._complete()
            return outcomes.read_answers(self._db, capture_ids)

    def last_delivery(self) -> int:
        """Return the id of the last delivery; 0 when there is none."""
        return int(self._rows("SELECT coalesce(max(id), 0) FROM deliveries", ())[0][0])

    def delivered(self, *, after: int, up_to: int) -> list[int]:
        """Return the captures, ascending, with deliveries whose ids are over `after` and up to `up_to`."""
        statement = "SELECT DISTINCT capture_id FROM deliveries WHERE id > ? AND id <= ? ORDER BY capture_id"
        return [capture_id for (capture_id,) in self._rows(statement, (after, up_to))]

    def _meant(self, query: "Query", captures: Iterable[Capture]) -> set[int]:
        loaded = list(captures)
        asked = [capture.id for capture in loaded] if query.asks_for_answers else []
        answers = self.delivery_statuses(asked) if asked else {}
        return {capture.id for capture in loaded if query.check(capture, answers.get(capture.id, ()))}

    def _chunks(
        self, query: "Query", after: int, before: int | None, newest_first: bool
    ) -> "Iterator[Sequence[Candidate]]":
        # Loaded on first use: most readers do not search.
        from hookscope.journal.candidates import candidates
        from hookscope.journal.query_plan import plan

        with self._translated():
            self._complete()
            found = candidates(self._db, plan(query.condition), after=after, before=before, newest_first=newest_first)
            while chunk := list(islice(found, _CHUNK)):
                yield chunk

    def _loaded(self, capture_ids: Sequence[int]) -> list[Capture]:
        return self._captures(f"id IN ({placeholders(capture_ids)})", capture_ids) if capture_ids else []

    def _all(self, since: datetime | None, after: int, run_id: int | None, newest_first: bool) -> Iterator[Capture]:
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        condition = (
            f"id {beyond} ? AND id > ? AND received_at >= ? AND run_id IS coalesce(?, run_id) "
            f"ORDER BY id {order} LIMIT {_CHUNK}"
        )
        earliest = milliseconds(since) if since else 0
        last = (1 << 62) if newest_first else after
        while True:
            chunk = self._captures(condition, (last, after, earliest, run_id))
            yield from chunk
            if len(chunk) < _CHUNK:
                return
            last = chunk[-1].id

    def filter_ids(
        self,
        capture_ids: Sequence[int],
        *,
        kinds: Collection[Kind],
        signatures: Collection[SignatureVerdict],
        replays: bool,
    ) -> set[int]:
        """Return those of these captures that have these kinds and verdicts; replays only if wanted."""
        marks = [placeholders(values) for values in (capture_ids, kinds, signatures)]
        statement = (
            f"SELECT id FROM captures WHERE id IN ({marks[0]}) AND kind IN ({marks[1]}) "  # noqa: S608
            f"AND signature IN ({marks[2]}) AND (? OR replay_of IS NULL)"
        )
        return {found["id"] for found in self._rows(statement, (*capture_ids, *kinds, *signatures, replays))}

    def run_ids(self, capture_ids: Sequence[int]) -> dict[int | None, int]:
        """Return the runs that received the captures with these ids, each with the lowest of its captures.

        Captures mirrored as history, which no run received, count as the last run's.
        """
        marks = placeholders(capture_ids)
        statement = (
            f"SELECT coalesce(run_id, CASE source WHEN '{Source.SHARED}' THEN {_LAST_RUN} END) AS run_id, "  # noqa: S608
            f"min(id) AS first FROM captures WHERE id IN ({marks}) GROUP BY 1"
        )
        return {found["run_id"]: found["first"] for found in self._rows(statement, tuple(capture_ids))}

    def ids(
        self, *, after: int = 0, before: int | None = None, newest: int | None = None, run: int | None = None
    ) -> "array[int]":
        """Return the ids of the captures over `after` and under `before`, ascending; 8 bytes each.

        With `newest`, at most that many, the largest; with `run`, only those of that run.
        """
        with self._translated():
            return outline_reader.read_ids(self._db, after=after, before=before, newest=newest, run=run)

    def shared_ids(self, first: int, last: int) -> list[int]:
        """Return the captures of entries `first` to `last` of the shared log mirrored last, by entry number.

        Captures that were deleted here are left out.
        """
        statement = (
            "SELECT id FROM mirrored JOIN captures ON id = capture_id WHERE seq BETWEEN ? AND ? AND "
            "log_id = (SELECT log_id FROM mirrored ORDER BY capture_id DESC LIMIT 1) ORDER BY seq"
        )
        return [capture_id for (capture_id,) in self._rows(statement, (first, last))]

    def version(self) -> int:
        """Return a number that changes whenever somebody has written to the journal."""
        return int(self._rows("PRAGMA data_version", ())[0][0])

    def edit_counters(self) -> tuple[int, int]:
        """Return how often captures were deleted, and how often they were marked or noted."""
        ((deletions, remarks),) = self._rows("SELECT deletions, remarks FROM upkeep", ())
        return int(deletions), int(remarks)

    def lines(self, capture_ids: Sequence[int]) -> list[CaptureSummary]:
        """Return the captures with these ids as list lines, ascending."""
        with self._translated():
            self._complete()
            return summary_codec.read_lines(self._db, tuple(capture_ids), self.outcomes)

    def outcomes(self, capture_ids: Sequence[int]) -> dict[int, DeliveryStatus]:
        """Return the delivery status of each of these captures that was sent; of several applications, the worst.

        Held is worse than a bad answer or none, which is worse than a good one; of two alike, the later counts. The
        result of a replay with other bytes is the status of that replay alone.
        """
        with self._translated():
            self._complete()
            return outcomes.read_statuses(self._db, capture_ids)

    def deliveries(self, capture_id: int) -> list[Delivery]:
        """Return the deliveries of a capture, oldest first; for a replay also its own."""
        wanted = "WHERE capture_id = ? OR replay_id = ? ORDER BY id"
        statement = f"SELECT {codec.DELIVERY_COLUMNS} FROM deliveries {wanted}"  # noqa: S608
        return [codec.read_delivery(found) for found in self._rows(statement, (capture_id, capture_id))]

    def fetched(self, capture_id: int) -> list[FetchedNode]:
        """Return the Graph API's answers for the nodes that a capture refers to, oldest first."""
        statement = f"SELECT {fetched_codec.COLUMNS} FROM fetched WHERE capture_id = ? ORDER BY fetched_at"  # noqa: S608
        return [fetched_codec.read(found) for found in self._rows(statement, (capture_id,))]

    def forwarded_to(self, capture_id: int) -> str | None:
        """Return the application that a capture was forwarded to; of several, the one that needs it most.

        That is the one with a bad answer, then the one without any, and then the one that had it last.
        """
        with self._translated():
            self._complete()
            return outcomes.read_forward_target(self._db, capture_id)

    def last_run_id(self) -> int | None:
        """Return the id of the last run; None when there was none."""
        ((last,),) = self._rows(f"SELECT {_LAST_RUN}", ())
        return None if last is None else int(last)

    def run(self, run_id: int) -> Run | None:
        """Return the run with that id."""
        rows = self._rows(f"SELECT id, {codec.RUN_COLUMNS} FROM runs WHERE id = ?", (run_id,))  # noqa: S608
        return next((codec.read_run(found) for found in rows), None)

    def targets(self) -> tuple[str, ...]:
        """Return the applications that runs forwarded to, each once, those of the newest run first."""
        rows = self._rows("SELECT t.value FROM runs AS r, json_each(r.targets) AS t ORDER BY r.id DESC, t.key", ())
        return tuple(dict.fromkeys(value for (value,) in rows))

    def _captures(self, condition: str, values: Sequence[object]) -> list[Capture]:
        with self._translated():
            self._complete()
            with snapshot(self._db):
                return capture_reader.read(self._db, condition, values)

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        with self._translated():
            self._complete()
            return self._db.execute(statement, values).fetchall()

    def _complete(self) -> None:
        """Provide empty tables in place of those that an older journal lacks, until it is migrated."""
        if self._is_old:
            self._is_old = schema.stand_in(self._db)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(
                f"the journal {self.path} cannot be read: {error}",
                done="it was left unchanged",
                hint="name another file with --journal, or move this one away",
            ) from error
