import asyncio
import json
import sqlite3
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope.engine import mirror as mirroring
from hookscope.engine import progress_report
from hookscope.engine.mirror import Mirror
from hookscope.formats.event_stream import event_to_json
from hookscope.formats.plain_text import plain_lines
from hookscope.journal.mirroring import Mirrored, MirrorReader, insert_mirrored
from hookscope.journal.schema import migrate
from hookscope.journal.sightings import Sightings
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Kind, Run, Shared, Source
from hookscope.model.run_events import Captured, EntriesGone, LogSeen, Notice, RunEvent
from hookscope.model.timestamps import now
from hookscope.settings import MirrorSettings, Missed
from hookscope.team.address import check_address
from hookscope.team.entry import UnreadableEntryError, decode, encode, stand_in
from hookscope.team.log import (
    PAGE_ENTRIES,
    Entry,
    EntryPage,
    LogEndedError,
    LogNotFoundError,
    LogRefusedError,
    LogRestoredError,
)
from hookscope.views.status import LinkState, Status, advance
from tests.support.captures import feed_body, make_capture
from tests.support.identities import identities
from tests.support.until import until
from tests.team.memory_log import MemoryEngine, MemoryLog

ADDRESS = check_address("postgresql://anna@db.example.com/hooks")


def entry(number: int, **changes: object) -> Entry:
    """Return the entry of a notification."""
    body = feed_body(str(number), comment_id=f"1_{number}")
    return encode(make_capture(body, **{"received_at": now(), **changes}), identities(body), "relay")


async def fill(engine: MemoryEngine, count: int) -> None:
    """Append so many entries."""
    async with MemoryLog(engine, app_id="1") as log:
        await log.append([entry(engine.last + n) for n in range(1, count + 1)])


class Developer:
    """One developer's journal, and what the runs on it tell."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[RunEvent] = []
        self.task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def run(
        self, engine: MemoryEngine, open_log: Callable[[], MemoryLog] | None = None, **settings: object
    ) -> AsyncIterator[Run]:
        """Mirror while the context lasts; an error of the mirror is raised at its end."""
        self.told.clear()
        wanted = MirrorSettings(**{"address": ADDRESS, "name": "anna", **settings})  # type: ignore[arg-type]
        async with JournalWriter(self.path) as journal:
            run = await journal.begin_run(Run(app_id="log", objects=(), targets=(), started_at=now()))
            opens = open_log or (lambda: MemoryLog(engine))
            async with Mirror(wanted, run=run, journal=journal, publish=self.told.append, open_log=opens) as mirror:
                self.task = task = asyncio.create_task(_whole(mirror))
                try:
                    yield run
                    if task.done():
                        await task
                finally:
                    task.cancel()
                    await asyncio.wait({task})

    def captures(self) -> list[Capture]:
        """Return what is in the journal."""
        with MirrorReader(self.path) as reader:
            return list(reader.captures())

    def seqs(self) -> list[int]:
        """Return the numbers that were mirrored, in the order of the captures."""
        return [capture.shared.seq for capture in self.captures() if capture.shared]

    async def has(self, count: int) -> None:
        """Wait until so many captures are there."""
        await until(lambda: len(self.captures()) >= count)

    def shown(self) -> list[int]:
        """Return the numbers of the captures that this run has shown."""
        return [item.capture.shared.seq for item in self.told if isinstance(item, Captured) and item.capture.shared]

    def notices(self) -> str:
        """Return all messages, a line each."""
        return "\n".join(f"{item.message} ({item.hint})" for item in self.told if isinstance(item, Notice))


async def _whole(mirror: Mirror) -> None:
    await mirror.start()
    await mirror.keep()


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def anna(tmp_path: Path) -> Developer:
    return Developer(tmp_path / "anna.db")


async def test_what_comes_is_mirrored_for_this_run_and_told(engine: MemoryEngine, anna: Developer) -> None:
    async with anna.run(engine) as run:
        await until(lambda: any(isinstance(item, LogSeen) for item in anna.told))
        await fill(engine, 3)
        await anna.has(3)
        await until(lambda: len(anna.shown()) == 3)
    found = anna.captures()
    assert [capture.run_id for capture in found] == [run.id] * 3
    assert [capture.shared for capture in found] == [Shared(log=str(engine.id), seq=seq) for seq in (1, 2, 3)]
    assert {capture.source for capture in found} == {Source.SHARED}
    assert anna.shown() == [1, 2, 3]
    assert engine.followers["anna"].seq == 3


async def test_threads_take_turns_quickly_while_it_mirrors(engine: MemoryEngine, anna: Developer) -> None:
    before = sys.getswitchinterval()
    async with anna.run(engine):
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


async def test_a_first_mirror_takes_some_history_that_belongs_to_no_run(engine: MemoryEngine, anna: Developer) -> None:
    await fill(engine, 300)
    async with anna.run(engine) as run:
        await anna.has(300)
        await fill(engine, 1)
        await anna.has(301)
        await until(lambda: anna.shown() == [301])
    assert anna.seqs() == list(range(1, 302))
    assert [capture.run_id for capture in anna.captures()] == [None] * 300 + [run.id]
    assert "history is mirrored, @1 to @300; it is not sent to your app" in anna.notices()


@pytest.mark.parametrize(
    ("history", "first"), [(None, 1), (5, 46), (99, 1), (0, 51), (timedelta(hours=36), 21), (timedelta(days=30), 1)]
)
async def test_history_says_where_a_first_mirror_begins(
    engine: MemoryEngine, anna: Developer, history: timedelta | int | None, first: int
) -> None:
    old = now() - timedelta(days=2)
    async with MemoryLog(engine, app_id="1") as log:
        await log.append([entry(n, received_at=old) for n in range(1, 21)])
    await fill(engine, 30)
    async with anna.run(engine, history=history):
        await until(lambda: any(isinstance(item, LogSeen) for item in anna.told))
        await fill(engine, 1)
        await until(lambda: 51 in anna.shown())
    assert anna.seqs() == list(range(first, 52))


@pytest.mark.parametrize("missed", Missed)
async def test_what_came_since_the_last_run_is_shown_or_forwarded(
    engine: MemoryEngine, anna: Developer, missed: Missed
) -> None:
    await fill(engine, 10)
    async with anna.run(engine):
        await anna.has(10)
    await fill(engine, 300)
    async with anna.run(engine, missed=missed, history=1) as run:
        await until(lambda: len(anna.shown()) == 300)
    assert anna.shown() == list(range(11, 311))
    assert anna.seqs() == list(range(1, 311))
    expected = run.id if missed is Missed.FORWARD else None
    assert {capture.run_id for capture in anna.captures()[10:]} == {expected}
    assert "300 came since your last run, @11 to @310" in anna.notices()
    if missed is Missed.SHOW:
        hints = [item.hint for item in anna.told if isinstance(item, Notice)]
        assert "to send them: hookscope replay @11..@310; next time: --missed forward" in hints


async def test_a_log_that_is_away_is_told_of_once_and_taken_up_again(
    engine: MemoryEngine, anna: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "_DELAYS", (0.01,))
    status = Status()
    await engine.stop()
    async with anna.run(engine):
        await until(lambda: any(isinstance(item, LogSeen) for item in anna.told))
        for item in anna.told:
            status = advance(status, item)
        assert status.log
        assert status.log.light is LinkState.BAD
        assert status.log.detail.startswith("away since ")
        assert "is away" not in status.log.detail
        engine.start()
        await until(lambda: "the log is back" in anna.notices())
        await fill(engine, 2)
        await anna.has(2)
        await engine.stop()
        await until(lambda: anna.notices().count("log away since") == 2)
        assert "it goes on after @2 by itself" in anna.notices()
        engine.start()
        await fill(engine, 2)
        await anna.has(4)
        for item in anna.told:
            status = advance(status, item)
        assert status.log
        assert (status.log.light, status.log.detail) == (LinkState.OK, "anna@db.example.com/hooks")
    assert anna.seqs() == [1, 2, 3, 4]
    assert anna.notices().count("the log is back") == 2


async def test_a_first_run_says_soon_what_it_waits_for(
    engine: MemoryEngine, anna: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that swallows everything is given up on only after some seconds."""
    monkeypatch.setattr(mirroring, "_PATIENCE_SECONDS", 0.01)
    answers = asyncio.Event()

    class SilentLog(MemoryLog):
        async def __aenter__(self) -> "SilentLog":
            await answers.wait()
            await super().__aenter__()
            return self

    async with anna.run(engine, open_log=lambda: SilentLog(engine)):
        await until(lambda: "no answer from anna@db.example.com/hooks yet" in anna.notices())
        answers.set()
        await until(lambda: "the log is back" in anna.notices())


async def test_an_unknown_host_is_refused_at_the_start_and_waited_for_later(
    engine: MemoryEngine, anna: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "_DELAYS", (0.01,))
    is_known = False

    class NamedLog(MemoryLog):
        async def __aenter__(self) -> "NamedLog":
            if not is_known:
                raise LogNotFoundError("nobody knows that host")
            await super().__aenter__()
            return self

    with pytest.raises(LogNotFoundError):
        async with anna.run(engine, open_log=lambda: NamedLog(engine)):
            await until(lambda: anna.task and anna.task.done())
    is_known = True
    async with anna.run(engine, open_log=lambda: NamedLog(engine)):
        await until(lambda: "mirroring " in anna.notices())
        is_known = False
        await engine.stop()
        await until(lambda: "log away since" in anna.notices())
        engine.start()
        is_known = True
        await until(lambda: "the log is back" in anna.notices())


@pytest.mark.parametrize("restored", [False, True])
async def test_after_an_ended_connection_the_past_is_checked_and_nothing_is_told(
    engine: MemoryEngine, anna: Developer, restored: bool
) -> None:
    """A connection ends when it is idle for too long, and also when the log is restored from a backup."""
    has_ended = False

    class EndedLog(MemoryLog):
        async def read(self, **given: int) -> EntryPage:
            nonlocal has_ended
            if has_ended:
                has_ended = False
                raise LogEndedError("the connection was ended while it was idle")
            return await super().read(**given)

    async def follow() -> None:
        nonlocal has_ended
        async with anna.run(engine, open_log=lambda: EndedLog(engine)):
            await fill(engine, 3)
            await anna.has(3)
            if restored:
                engine.entries = [replace(one, body=feed_body("another")) for one in engine.entries]
            has_ended = True
            await fill(engine, 1)
            await until(lambda: (anna.task and anna.task.done()) if restored else anna.seqs() == [1, 2, 3, 4])

    if restored:
        with pytest.raises(LogRestoredError):
            await follow()
        assert anna.seqs() == [1, 2, 3]
    else:
        await follow()
        assert "log away" not in anna.notices()


async def test_who_may_only_read_is_told_once_that_nobody_sees_this_run(
    engine: MemoryEngine, anna: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_report, "_PAUSE_SECONDS", 0.0)

    refused = 0

    class ReadOnlyLog(MemoryLog):
        async def check_in(self, **_: object) -> None:
            nonlocal refused
            refused += 1
            raise LogRefusedError("permission denied for table followers")

    async with anna.run(engine, open_log=lambda: ReadOnlyLog(engine)):
        for count in (1, 2):
            await fill(engine, 1)
            await anna.has(count)
        await engine.stop()
        await until(lambda: "log away" in anna.notices())
        engine.start()
        await until(lambda: refused == 2)
        await fill(engine, 1)
        await anna.has(3)
        assert anna.notices().count("this run may only read the log") == 1


async def test_a_gap_is_told_once_with_its_range(engine: MemoryEngine, anna: Developer) -> None:
    await fill(engine, 5)
    async with anna.run(engine):
        await anna.has(5)
    await fill(engine, 45)
    del engine.entries[:40]  # As the relay trims it.
    async with anna.run(engine):
        await anna.has(15)
        await fill(engine, 1)
        await anna.has(16)
    assert anna.seqs() == [1, 2, 3, 4, 5, *range(41, 52)]
    (gap,) = [item for item in anna.told if isinstance(item, EntriesGone)]
    assert (gap.first, gap.last) == (6, 40)
    value = event_to_json(gap)
    assert value
    assert (value["type"], value["shared"]) == ("gap", {"log": str(engine.id), "first_seq": 6, "last_seq": 40})
    assert plain_lines(gap)[0].endswith("--- @6 to @40 are gone from the log")
    assert anna.notices().count("@6 to @40") == 1


@pytest.mark.parametrize("restored", [3, 8, 12])
async def test_a_log_with_another_past_is_refused(engine: MemoryEngine, anna: Developer, restored: int) -> None:
    await fill(engine, 5)
    backup = list(engine.entries)
    await fill(engine, 5)
    async with anna.run(engine):
        await anna.has(10)
    engine.entries, engine.last = backup, 5
    await fill(engine, max(restored - 5, 0))
    del engine.entries[restored:]
    engine.last = restored
    with pytest.raises(LogRefusedError, match="past has changed") as caught:
        async with anna.run(engine):
            await until(lambda: anna.task and anna.task.done())
    assert caught.value.code == 2
    assert "relay init --renew" in (caught.value.hint or "")
    assert len(anna.captures()) == 10


async def test_a_connected_run_notices_that_the_log_ends_before_its_last_entry(
    engine: MemoryEngine, anna: Developer
) -> None:
    async def run_beside_a_restore() -> None:
        await fill(engine, 5)
        backup = list(engine.entries)
        async with anna.run(engine):
            await fill(engine, 5)
            await anna.has(10)
            engine.entries, engine.last = backup, 5
            await fill(engine, 1)
            await until(lambda: anna.task and anna.task.done())

    with pytest.raises(LogRestoredError, match="ends with @6, but @10 was mirrored") as caught:
        await run_beside_a_restore()
    assert caught.value.code == 2
    assert len(anna.captures()) == 10


async def test_an_entry_of_a_later_version_ends_the_mirror_before_it(engine: MemoryEngine, anna: Developer) -> None:
    await fill(engine, 2)
    async with MemoryLog(engine, app_id="1") as log:
        await log.append([replace(entry(3), head=b'{"v": 2}')])
    await fill(engine, 1)
    with pytest.raises(LogRefusedError, match="@3") as caught:
        async with anna.run(engine):
            await until(lambda: anna.task and anna.task.done())
    assert caught.value.hint == "upgrade hookscope"
    assert anna.seqs() == [1, 2]


_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=5)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=3,
)
_HALF_A_PAIR = json.dumps({**json.loads(entry(1).head), "target": "/\ud800"}).encode()


@given(st.dictionaries(st.sampled_from([*json.loads(entry(1).head)]), _JSON, min_size=1))
def test_a_journal_takes_whatever_is_decoded(changes: dict[str, Any]) -> None:
    changed = replace(entry(1), seq=1, head=json.dumps({**json.loads(entry(1).head), **changes, "v": 1}).encode())
    try:
        found = decode(changed)
    except UnreadableEntryError as error:
        found = stand_in(changed, error)
    with closing(sqlite3.connect(":memory:")) as db:
        migrate(db)
        (kept,) = insert_mirrored(db, Sightings(db), "log", "log", [Mirrored(1, found.plain, None, found.identities)])
    assert kept.request.body == changed.body


async def test_an_unreadable_entry_is_kept_as_a_stray_and_told_once(engine: MemoryEngine, anna: Developer) -> None:
    await fill(engine, 1)
    async with MemoryLog(engine, app_id="1") as log:
        await log.append([replace(entry(2), head=_HALF_A_PAIR, body=b"\0raw"), replace(entry(3), head=b"?")])
    await fill(engine, 1)
    async with anna.run(engine, history=None):
        await anna.has(4)
        await until(lambda: "entry @2 of the shared log cannot be read" in anna.notices())
    assert anna.notices().count("cannot be read") == 1
    assert "nor can 1 more" in anna.notices()
    stray = anna.captures()[1]
    assert (stray.kind, stray.request.body, stray.shared and stray.shared.seq) == (Kind.STRAY, b"\0raw", 2)
    assert "@2 of the shared log cannot be read" in (stray.flaw or "")
    assert stray.request.headers == ((b"Hookscope-Entry-Head", b64encode(_HALF_A_PAIR)),)
    async with anna.run(engine, history=None):
        await fill(engine, 1)
        await anna.has(5)
    assert "cannot be read" not in anna.notices()
    assert anna.seqs() == [1, 2, 3, 4, 5]


async def test_the_last_entry_may_be_an_unreadable_one(engine: MemoryEngine, anna: Developer) -> None:
    async with MemoryLog(engine, app_id="1") as log:
        await log.append([replace(entry(1), head=b"?")])
    for count in (1, 2):
        async with anna.run(engine, history=None):
            await anna.has(count)
            await fill(engine, 1)
            await anna.has(count + 1)
    assert anna.seqs() == [1, 2, 3]


async def test_an_entry_that_comes_alone_is_asked_for_once(engine: MemoryEngine, anna: Developer) -> None:
    after: list[int] = []

    class Watched(MemoryLog):
        async def read(self, **wanted: int) -> EntryPage:
            after.append(wanted["after"])
            return await super().read(**wanted)

    async with anna.run(engine, open_log=lambda: Watched(engine)):
        for number in (1, 2, 3):
            await fill(engine, 1)
            await anna.has(number)
    assert after in ([0, 1, 2], [0, 0, 1, 2])


async def test_a_journal_that_cannot_be_written_holds_the_mirror_up(
    engine: MemoryEngine, anna: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "_DELAYS", (0.01,))
    async with anna.run(engine):
        await until(lambda: any(isinstance(item, LogSeen) for item in anna.told))
        with closing(sqlite3.connect(anna.path)) as db:
            db.execute("CREATE TRIGGER full BEFORE INSERT ON mirrored BEGIN SELECT raise(ABORT, 'disk is full'); END")
        await fill(engine, 3)
        await until(lambda: "mirroring stopped since" in anna.notices())
        assert "disk is full" in anna.notices()
        with closing(sqlite3.connect(anna.path)) as db:
            db.execute("DROP TRIGGER full")
        await anna.has(3)
        await until(lambda: "mirroring goes on" in anna.notices())
    assert anna.seqs() == [1, 2, 3]


async def test_a_slow_developer_takes_page_by_page(engine: MemoryEngine, anna: Developer) -> None:
    pages: list[int] = []

    class Counting(MemoryLog):
        async def read(self, **wanted: int) -> EntryPage:
            page = await super().read(**wanted)
            pages.append(len(page))
            return page

    await fill(engine, PAGE_ENTRIES + 1)
    async with JournalWriter(anna.path) as journal:
        run = await journal.begin_run(Run(app_id="log", objects=(), targets=(), started_at=now()))
        async with Mirror(
            MirrorSettings(address=ADDRESS, name="anna", history=None),
            run=run,
            journal=journal,
            publish=anna.told.append,
            open_log=lambda: Counting(engine),
        ) as mirror:
            task = asyncio.create_task(_whole(mirror))
            await anna.has(PAGE_ENTRIES + 1)
            task.cancel()
            await asyncio.wait({task})
    assert max(pages) == PAGE_ENTRIES
