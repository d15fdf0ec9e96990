"""The user's changes to the history: mark captures, note something on them, delete them, reclaim their space.

Works beside a run that writes the same journal, and makes its receiver wait no longer than a few rows take.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from hookscope.errors import JournalError, NoJournalError
from hookscope.journal import codec, fetched_codec, search_index
from hookscope.journal.capture_reader import read_by_id
from hookscope.journal.connection import FREE_SPACE, is_full, open_for_writing
from hookscope.journal.live_runs import live_runs
from hookscope.journal.outbox import HELD_FOR
from hookscope.journal.removal import remove
from hookscope.journal.sql import placeholders, transaction
from hookscope.model.capture_id import EventRef
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Run
from hookscope.model.timestamps import milliseconds, now

_SLICE_ROWS = 32
_SLICE_PAGES = 64
_PAUSE_SECONDS = 0.005
"""Between two slices: a run that waits for the lock gets it."""
_CHECKPOINT_PAGES = 100
"""Beside a run: its flushes to disk wait for those of a checkpoint."""


class Deletion(Struct, frozen=True, kw_only=True):
    """The result of a deletion: how many captures were deleted, and which stay because they wait to be forwarded.

    `freed` are the bytes that were returned to the disk.
    """

    deleted: int
    pending: tuple[int, ...]
    freed: int = 0


class JournalEditor:
    """A journal, open for changes by the user; a context manager. Every method may raise JournalError.

    `wants` tells whether a run sends a capture to one of its applications; without it each gets everything.
    """

    def __init__(self, path: Path, *, wants: Callable[[Capture, Run, str], bool] = lambda *_: True) -> None:
        self.path = path
        self._wants = wants
        if not path.exists():
            raise NoJournalError(f"there is no journal {path}", hint="`hookscope run` writes one as captures come in")
        self._db = open_for_writing(path)
        self._db.row_factory = sqlite3.Row

    def __enter__(self) -> "JournalEditor":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def mark(self, refs: Sequence[EventRef], *, marked: bool) -> int:
        """Mark captures and events, or remove their marks; return how many of the captures there were.

        A capture is marked as a whole, or some of its events are: marking the one takes the place of the other, and
        removing the mark of a capture removes those of its events.
        """
        named: dict[int, list[EventRef]] = {}
        for ref in refs:
            named.setdefault(ref.capture_id, []).append(ref)
        return self._remark(
            [*named],
            lambda part: len({ref.capture_id for one in part for ref in named[one] if self._mark(ref, marked=marked)}),
        )

    def _mark(self, ref: EventRef, *, marked: bool) -> bool:
        """Return whether the capture exists."""
        if (positions := self._marked(ref.capture_id)) is None:
            return False
        if not ref.position:
            positions = {0} if marked else set()
        elif marked:
            positions = {ref.position, *positions} - {0}
        else:
            positions = positions - {ref.position}
        self._db.execute("DELETE FROM marked_events WHERE capture_id = ?", (ref.capture_id,))
        events = [(ref.capture_id, position) for position in positions - {0}]
        self._db.executemany("INSERT INTO marked_events (capture_id, position) VALUES (?, ?)", events)
        self._db.execute("UPDATE captures SET marked = ? WHERE id = ?", (bool(positions), ref.capture_id))
        return True

    def _marked(self, capture_id: int) -> set[int] | None:
        """Return the positions of a capture's marks, 0 for all of it; None when it does not exist."""
        found = self._db.execute("SELECT marked FROM captures WHERE id = ?", (capture_id,)).fetchone()
        events = self._db.execute("SELECT position FROM marked_events WHERE capture_id = ?", (capture_id,))
        return None if found is None else {position for (position,) in events} or ({0} if found[0] else set())

    def note(self, capture_id: int, text: str | None) -> int:
        """Replace the note on a capture; None or a blank text removes it."""
        # Text from a shell need not be storable.
        note_text = " ".join((text or "").encode("utf-8", "replace").decode().split())
        return self._remark(
            [capture_id],
            lambda _: (
                self._db.execute("UPDATE captures SET note = ? WHERE id = ?", (note_text or None, capture_id)).rowcount
            ),
        )

    def keep_fetched(self, nodes: Sequence[FetchedNode]) -> None:
        """Keep answers of the Graph API with their captures, replacing earlier ones for the same nodes."""
        rows = [fetched_codec.row(node) for node in nodes]
        with self._transaction():
            self._db.executemany(fetched_codec.PUT, rows)

    def pending(self, capture_ids: Sequence[int]) -> tuple[int, ...]:
        """Return those of the captures that a live run has yet to forward."""
        with self._translated():
            live = live_runs(self._db)
            parts = _parts(capture_ids) if live else ()
            return tuple(capture_id for part in parts for capture_id in self._pending(part, live))

    def delete(self, capture_ids: Sequence[int]) -> Deletion:
        """Delete captures with all their deliveries, except those that are pending.

        A replay outlives its original, and keeps its delivery.
        """
        deleted, pending = 0, list[int]()
        with self._translated():
            (total,) = self._db.execute("SELECT count(*) FROM captures").fetchone()
            most = 2 * len(capture_ids) > total and not live_runs(self._db)
        if most:  # Refilling the index with the rest is less work than removing the greater part, but takes a pause.
            with self._transaction():
                search_index.reset(self._db)
        with self._flushed_once():
            for part in _parts(capture_ids):
                with self._transaction():
                    waiting = self._pending(part, live_runs(self._db))
                    doomed = list(set(part).difference(waiting))
                    deleted += remove(self._db, doomed)
                pending += waiting
                self._merge()
        if most:
            self.catch_up()
        return Deletion(deleted=deleted, pending=tuple(pending))

    def give_back(self) -> int:
        """Return the space of deleted captures to the disk; return how many bytes. Pages in use are left for later."""
        before = self._size()
        with self._translated():
            self._checkpoint()
            before = max(before, self._size())
            while self._db.execute("PRAGMA freelist_count").fetchone()[0]:
                found = self._db.execute("PRAGMA page_count").fetchone()[0]
                # `execute` would stop after one page.
                self._db.executescript(f"PRAGMA incremental_vacuum({_SLICE_PAGES})")
                if self._db.execute("PRAGMA page_count").fetchone()[0] == found:
                    break
                self._pause()
            self._checkpoint()
        return max(before - self._size(), 0)

    def catch_up(self) -> None:
        """Index all captures: in large steps, unless a live run writes to this journal, too."""
        more = True
        while more:
            with self._transaction():
                more = search_index.fill(self._db, search_index.SHORT if live_runs(self._db) else search_index.LONG)
            self._pause(_PAUSE_SECONDS / 5)

    def _remark(self, capture_ids: Sequence[int], change: Callable[[Sequence[int]], int]) -> int:
        """Change captures, some at a time, and index them again; return how many there were."""
        changed = 0
        for part in _parts(capture_ids):
            with self._transaction():
                search_index.remove(self._db, read_by_id(self._db, part))
                changed += change(part)
                done = search_index.up_to(self._db)
                again = [one for one in read_by_id(self._db, part) if one.id <= done and search_index.is_small(one)]
                search_index.add(self._db, again)
                self._db.execute("UPDATE upkeep SET remarks = remarks + 1")
            self._merge()
        return changed

    def _merge(self) -> None:
        """Merge some of the index, in a transaction of its own: a run gets in before and after."""
        self._pause()
        with self._transaction():
            search_index.merge(self._db)
        self._pause()

    @contextmanager
    def _flushed_once(self) -> Iterator[None]:
        """Let no run wait for this one's flushes to disk; the last transaction flushes them all."""
        with self._translated():
            self._db.execute("PRAGMA synchronous = NORMAL")
            if live_runs(self._db):
                self._db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            try:
                yield
            finally:
                self._db.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            self._db.execute("UPDATE upkeep SET deletions = deletions + 1")

    def _checkpoint(self) -> None:
        """Carry over what was written into the file; beside a run only as far as nobody has to wait for it."""
        mode = "PASSIVE" if live_runs(self._db) else "TRUNCATE"
        self._db.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()

    def _pause(self, seconds: float = _PAUSE_SECONDS) -> None:
        if live_runs(self._db):
            time.sleep(seconds)

    def _pending(self, capture_ids: Sequence[int], live: Sequence[int]) -> list[int]:
        """Return the captures of a live run, or of its app's earlier runs, that a target wants and has not received."""
        statement = f"""
            SELECT c.id, r.id, l.id, t.value FROM captures AS c JOIN runs AS r ON r.id = c.run_id
            JOIN runs AS l ON l.id IN ({placeholders(live)}) AND l.app_id = r.app_id
            JOIN json_each(l.targets) AS t ON t.value IN (SELECT value FROM json_each(r.targets))
            WHERE c.id IN ({placeholders(capture_ids)}) AND (r.id = l.id OR c.received_at >= ?)
            AND c.kind = 'notification' AND c.signature IN ('valid', 'unchecked') AND c.replay_of IS NULL
            AND (c.reply_status IS NULL OR c.reply_status = 200)
            AND NOT EXISTS (
                SELECT 1 FROM deliveries AS d
                WHERE d.capture_id = c.id AND d.cause = 'forward' AND d.target = t.value
                AND d.failure IS NOT 'unreachable'
            )
            ORDER BY c.id
        """  # noqa: S608
        since = milliseconds(now() - HELD_FOR)
        found = self._db.execute(statement, (*live, *capture_ids, since)).fetchall()
        captures = {capture.id: capture for capture in read_by_id(self._db, [capture_id for capture_id, *_ in found])}
        runs = {run_id: self._run(run_id) for run_id in {run_id for _, *both, _ in found for run_id in both}}
        wanted = (
            capture_id
            for capture_id, *both, target in found
            if all(self._wants(captures[capture_id], runs[run_id], target) for run_id in both)
        )
        return list(dict.fromkeys(wanted))

    def _run(self, run_id: int) -> Run:
        statement = f"SELECT id, {codec.RUN_COLUMNS} FROM runs WHERE id = ?"  # noqa: S608
        return codec.read_run(self._db.execute(statement, (run_id,)).fetchone())

    def _size(self) -> int:
        return self.path.stat().st_size

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated(), transaction(self._db):
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(
                f"the journal {self.path} cannot be changed: {error}",
                done="the rest was left unchanged",
                hint=FREE_SPACE if is_full(error) else "try again; a very busy run may be holding it",
            ) from error


def _parts(capture_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(capture_ids), _SLICE_ROWS):
        yield capture_ids[start : start + _SLICE_ROWS]
