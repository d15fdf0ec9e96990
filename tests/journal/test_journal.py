import asyncio
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import JournalError
from hookscope.journal import schema
from hookscope.journal.connection import open_for_writing
from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.journal.sightings import FIND_ORIGINALS, Sightings
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.append import Append
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture, Cause, Delivery, Handshake, Kind, Reply, Run, Source
from hookscope.model.timestamps import now
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.support.identities import named
from tests.support.until import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


async def test_a_capture_comes_back_exactly(path: Path) -> None:
    sent = make_capture(b"\x00\xff raw \r\n bytes", flaw="cut")
    rejected = make_handshake(accepted=False, reason="another one")
    async with JournalWriter(path) as journal:
        first = await journal.append(sent)
        second = await journal.append(rejected)
    with JournalReader(path) as history:
        assert history.capture(first.id) == first == replace(sent, id=1)
        assert history.capture(second.id) == second == replace(rejected, id=2)
        assert history.capture(3) is None


async def test_no_field_of_a_capture_is_taken_for_another(path: Path) -> None:
    sent = make_capture(
        run_id=1,
        source=Source.REPLAY,
        signature=Signature(verdict=SignatureVerdict.INVALID, algorithm="sha1", reason="another secret"),
        handshake=Handshake(accepted=False, reason="no token"),
        reply=Reply(status=401, body=b"no", elapsed_ms=1.5),
        flaw="cut",
        replay_of=7,
        marked=True,
        note="look",
    )
    async with JournalWriter(path) as journal:
        first = await journal.append(replace(sent, replay_of=None), identify=named("a"))
        again = await journal.append(sent, identify=named("a"))
    assert again == replace(sent, id=2, duplicate_of=1)
    with JournalReader(path) as history:
        assert list(history.captures()) == [first, again]


async def test_headers_keep_order_case_repetition_and_bytes(path: Path) -> None:
    headers = ((b"X-A", b"1"), (b"x-a", b"\xe4: \xff"), (b"Empty", b""), (b"X-A", b"1"))
    request = replace(make_capture().request, headers=headers)
    async with JournalWriter(path) as journal:
        stored = await journal.append(make_capture(request=request))
    with JournalReader(path) as history:
        found = history.capture(stored.id)
    assert found
    assert found.request.headers == headers


async def test_captures_that_wait_together_are_numbered_in_order(path: Path) -> None:
    async with JournalWriter(path) as journal:
        stored = await asyncio.gather(*(journal.append(make_capture(feed_body(str(n)))) for n in range(500)))
    assert [capture.id for capture in stored] == list(range(1, 501))
    with JournalReader(path) as history:
        assert [capture.request.body for capture in history.captures()] == [feed_body(str(n)) for n in range(500)]


async def test_appended_deliveries_are_committed(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        with JournalReader(path) as history:
            assert list(history.ids()) == [1]


async def test_captures_of_the_last_moment_are_committed(path: Path) -> None:
    async with JournalWriter(path) as journal:
        last = asyncio.ensure_future(journal.append(make_capture()))
        await asyncio.sleep(0)
    assert (await last).id == 1


async def test_at_its_end_all_that_came_is_on_the_disk_at_once(path: Path) -> None:
    async with JournalWriter(path) as journal:
        last = [asyncio.ensure_future(journal.append(make_capture())) for _ in range(20)]
        await asyncio.sleep(0)
    with JournalReader(path) as history:
        assert len(list(history.ids())) == 20
    await asyncio.gather(*last)


async def test_one_that_waits_no_longer_keeps_no_other_from_being_told(path: Path) -> None:
    async with JournalWriter(path) as journal:
        gone, *others = [asyncio.ensure_future(journal.append(make_capture())) for _ in range(3)]
        await asyncio.sleep(0)
        gone.cancel()
        async with asyncio.timeout(30):
            assert [(await one).id for one in others] == [2, 3]


async def test_one_that_fails_when_told_keeps_no_other_from_being_told(path: Path) -> None:
    class Failing(asyncio.Future[Capture]):
        def set_result(self, capture: Capture) -> None:
            raise RuntimeError(f"no use for #{capture.id}")

    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context["exception"]))
    async with JournalWriter(path) as journal:
        journal.begin_append(Append(make_capture()), Failing())
        async with asyncio.timeout(30):
            assert (await journal.append(make_capture())).id == 2
    assert [str(error) for error in failed] == ["no use for #1"]


async def test_after_upkeep_and_deletions_each_commit_is_flushed_to_the_disk(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(), identify=Capture.identify)
        thread = journal._thread
        assert thread
        await until(lambda: not (thread._unindexed or thread._unmoved))
        assert await journal._write(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (2,)
    with JournalEditor(path) as editor:
        editor.delete([1])
        assert tuple(editor._db.execute("PRAGMA synchronous").fetchone()) == (2,)


async def test_what_comes_again_beside_two_alike_stays_a_duplicate_of_the_first(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(), identify=named("a"))
        together = (journal.append(make_capture(), identify=named(name)) for name in ("b", "a", "b"))
        assert [one.duplicate_of for one in await asyncio.gather(*together)] == [None, 1, 2]
    with JournalReader(path) as history:
        assert [one.duplicate_of for one in history.captures()] == [None, None, 1, 2]


async def test_derived_values_stay_with_their_capture(path: Path) -> None:
    sent = make_capture()
    known = sent.unpacked
    async with JournalWriter(path) as journal:
        stored = await journal.append(sent, since=time.perf_counter())
    assert stored.unpacked is known
    assert stored.reply.elapsed_ms is not None
    assert (sent.id, sent.reply.elapsed_ms) == (0, None)


async def test_a_capture_seen_before_is_a_duplicate_of_the_first(path: Path) -> None:
    async with JournalWriter(path) as journal:
        first = await journal.append(make_capture(), identify=named("a"))
        other = await journal.append(make_capture(), identify=named("b"))
        again = await journal.append(make_capture(), identify=named("a"))
        third = await journal.append(make_capture(), identify=named("a"))
        unknown = await journal.append(make_capture())
    assert (first.duplicate_of, other.duplicate_of, unknown.duplicate_of) == (None, None, None)
    assert (again.duplicate_of, third.duplicate_of) == (first.id, first.id)


async def test_duplicates_that_arrive_at_the_same_moment_are_told_apart(path: Path) -> None:
    async with JournalWriter(path) as journal:
        stored = await asyncio.gather(*(journal.append(make_capture(), identify=named("a")) for _ in range(40)))
    assert [capture.duplicate_of for capture in stored] == [None] + [1] * 39
    with JournalReader(path) as history:
        assert [capture.duplicate_of for capture in history.captures()] == [None] + [1] * 39


async def test_an_id_that_comes_again_after_weeks_is_the_same_event(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(), identify=named("a"))
        late = await journal.append(make_capture(received_at=WHEN + timedelta(days=80)), identify=named("a"))
    assert late.duplicate_of == 1


async def test_a_batch_may_be_partly_seen_before(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(), identify=named("a"))
        partly = await journal.append(make_capture(), identify=named("b", None, "a"))
        wholly = await journal.append(make_capture(), identify=named("b", "a"))
        odd = await journal.append(make_capture(), identify=named("a", None))
    assert (partly.duplicate_of, partly.originals) == (None, (None, None, 1))
    assert (wholly.duplicate_of, wholly.originals) == (2, (2, 1))
    assert (odd.duplicate_of, odd.originals) == (None, (1, None))
    with JournalReader(path) as history:
        assert list(history.captures())[1:] == [partly, wholly, odd]
        assert [line.originals for line in history.lines([2, 3])] == [(None, None, 1), (2, 1)]


async def test_an_event_twice_in_one_body_has_not_come_before(path: Path) -> None:
    async with JournalWriter(path) as journal:
        twice = await journal.append(make_capture(), identify=named("a", "a"))
        again = await journal.append(make_capture(), identify=named("a", "a"))
    assert (twice.duplicate_of, twice.originals) == (None, ())
    assert (again.duplicate_of, again.originals) == (1, (1, 1))


async def test_batches_that_arrive_at_the_same_moment_are_told_apart(path: Path) -> None:
    sent = [("a",), ("a", "b"), ("b", "c"), (None, "c"), ("b", "a")]
    async with JournalWriter(path) as journal:
        stored = await asyncio.gather(*(journal.append(make_capture(), identify=named(*several)) for several in sent))
    assert [one.originals for one in stored] == [(), (1, None), (2, None), (None, 3), (2, 1)]
    assert [one.duplicate_of for one in stored] == [None, None, None, None, 2]
    with JournalReader(path) as history:
        assert list(history.captures()) == stored


async def test_a_replay_is_nobodys_original(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        await journal.append(make_capture(source=Source.REPLAY, replay_of=1), identify=named("a"))
        live = await journal.append(make_capture(), identify=named("a"))
    assert live.duplicate_of is None


async def test_the_original_is_found_by_its_key(path: Path) -> None:
    async with JournalWriter(path):
        pass
    with closing(open_for_writing(path)) as db:
        Sightings(db)
        plan = [step[-1] for step in db.execute(f"EXPLAIN QUERY PLAN {FIND_ORIGINALS}", ('["a"]',))]
    assert "SEARCH sightings USING PRIMARY KEY (identity=?)" in plan
    assert "SEARCH recent USING PRIMARY KEY (identity=?)" in plan
    assert "SEARCH captures USING COVERING INDEX captures_by_identity (identity=?)" in plan


def test_a_journal_of_before_the_first_release_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE captures (id INTEGER PRIMARY KEY, identity BLOB)")
        db.execute(f"PRAGMA application_id = {int.from_bytes(b'hksc', 'big')}")
        db.execute("PRAGMA user_version = 1")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="before the first release"):
        open_for_writing(path)
    assert path.read_bytes() == before


async def test_the_elapsed_time_is_the_writers(path: Path) -> None:
    import time

    async with JournalWriter(path) as journal:
        stored = await journal.append(make_capture(), since=time.perf_counter() - 1)
    assert stored.reply.elapsed_ms
    assert 1000 <= stored.reply.elapsed_ms < 60_000
    with JournalReader(path) as history:
        assert history.capture(1) == stored


async def test_file_and_folder_are_for_this_user_only(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_deliveries_are_kept_with_their_capture(path: Path) -> None:
    delivery = Delivery(
        capture_id=1,
        cause=Cause.FORWARD,
        target="http://x/",
        sent_at=WHEN,
        status=None,
        elapsed_ms=1.5,
        error="refused",
    )
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        await journal.add_deliveries(delivery)
        await journal.add_deliveries(replace(delivery, status=200, error=None, answer=b"\xff"))
    with JournalReader(path) as history:
        found = history.deliveries(1)
        (line,) = history.lines([1])
    assert found[0] == delivery
    assert (found[1].answer, found[1].succeeded) == (b"\xff", True)
    assert line.outcome
    assert line.outcome.status == 200


async def test_a_run_is_remembered_with_its_targets(path: Path) -> None:
    run = Run(app_id="1", objects=("page",), targets=("http://localhost:3000/",), started_at=WHEN)
    async with JournalWriter(path) as journal:
        begun = await journal.begin_run(run)
        await journal.append(make_capture(run_id=begun.id))
        await journal.append(make_capture())
        ended = replace(begun, ended_at=now().replace(microsecond=0))
        await journal.end_run(ended)
    with JournalReader(path) as history:
        assert history.run(begun.id) == ended
        assert [capture.id for capture in history.captures(run_id=begun.id)] == [1]
        assert [capture.id for capture in history.captures()] == [1, 2]


async def test_a_write_that_fails_takes_no_other_with_it(path: Path) -> None:
    async with JournalWriter(path) as journal:
        bad = make_capture(run_id=1 << 70)  # more than a column can hold
        results = await asyncio.gather(
            journal.append(make_capture()), journal.append(bad), journal.append(make_capture()), return_exceptions=True
        )
    assert isinstance(results[1], JournalError)
    with JournalReader(path) as history:
        assert len(history.ids()) == 2


async def test_two_journals_on_one_file_do_not_collide(path: Path) -> None:
    async with JournalWriter(path) as one, JournalWriter(path) as other:
        stored = await asyncio.gather(*(j.append(make_capture()) for _ in range(100) for j in (one, other)))
    assert sorted(capture.id for capture in stored) == list(range(1, 201))


async def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"these are my notes, not a database\n" * 100)
    with pytest.raises(JournalError, match="cannot be opened") as caught:
        async with JournalWriter(path):
            pass
    assert path.read_bytes().startswith(b"these are my notes")
    assert caught.value.hint


async def test_a_place_where_no_journal_can_be_is_named_in_words(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    folder = tmp_path / "notes.txt" / "folder"
    for place, told in ((folder / "journal.db", f"Not a directory: {folder}"), (tmp_path, "Is a directory")):
        with pytest.raises(JournalError) as caught:
            async with JournalWriter(place):
                pass
        found = (caught.value.message, caught.value.done, caught.value.hint)
        opened = f"the journal {place} cannot be opened: "
        assert found == (opened + told, "nothing was written", "name another file with --journal")


@pytest.mark.parametrize("version", [0, 1])
async def test_another_programs_database_is_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "app.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE users (name TEXT)")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="another program's database"):
        async with JournalWriter(path):
            pass
    with pytest.raises(JournalError, match="another program's database"):
        JournalReader(path)
    assert path.read_bytes() == before


async def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    async with JournalWriter(path) as journal:
        assert (await journal.append(make_capture())).id == 1
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA page_size").fetchone() == (8192,)


async def test_a_journal_from_the_future_is_refused(path: Path) -> None:
    async with JournalWriter(path):
        pass
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    with pytest.raises(JournalError, match="version"):
        async with JournalWriter(path):
            pass
    with pytest.raises(JournalError, match="version"):
        JournalReader(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
async def test_a_full_disk_is_named_from_the_start() -> None:
    with pytest.raises(JournalError, match="cannot be opened") as caught:
        async with JournalWriter(Path("/dev/full")):
            pass
    assert "rollback" not in caught.value.message
    assert "free some disk space" in (caught.value.hint or "")


async def test_a_closed_journal_says_so(path: Path) -> None:
    journal = JournalWriter(path)
    async with journal:
        pass
    with pytest.raises(JournalError, match="not open"):
        await journal.append(make_capture())


async def test_a_journal_that_is_gone_takes_nothing(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        aside = path.rename(path.with_name("aside"))
        with pytest.raises(JournalError, match="was deleted") as caught:
            await journal.append(make_capture())
        assert caught.value.hint == "end this and start it again"
        path.touch()
        with pytest.raises(JournalError, match="another file put in its place"):
            await journal.append(make_capture())
        aside.rename(path)
        assert (await journal.append(make_capture())).id == 2


@pytest.mark.slow
async def test_of_a_journal_that_another_program_holds_all_are_told_together(path: Path) -> None:
    async with JournalWriter(path) as journal:
        first = await journal.append(make_capture())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            opening = asyncio.create_task(asyncio.to_thread(open_for_writing, path))
            waiting = [asyncio.create_task(journal.append(make_capture())) for _ in range(3)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert all(one.done() for one in waiting)
            await asyncio.wait([opening])
        for error in [one.exception() for one in (*waiting, opening)]:
            assert isinstance(error, JournalError)
            assert "locked" in error.message
            assert "close it there" in (error.hint or "")
        assert (await journal.append(make_capture())).id == first.id + 1


def test_there_is_no_history_without_a_journal(path: Path) -> None:
    with pytest.raises(JournalError, match="no journal"):
        JournalReader(path)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.touch()
    with pytest.raises(JournalError, match="no journal in"):
        JournalReader(path)


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from hookscope.journal.writer import JournalWriter
from hookscope.errors import JournalError
from hookscope.meta.signature import Signature, SignatureVerdict
from tests.support.captures import make_capture

async def main():
    async with JournalWriter(Path(sys.argv[1])) as journal:
        kept = 0
        await journal.append(make_capture())
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
        for _ in range(1000):
            try:
                kept = (await journal.append(make_capture(b"x" * 10_000))).id
            except JournalError as error:
                print(kept, error.message)
                break
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print((await journal.append(make_capture())).id)

asyncio.run(main())
"""


def test_on_a_full_disk_a_write_fails_and_a_later_one_succeeds(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    failed, later = done.stdout.splitlines()
    kept = int(failed.split()[0])
    assert kept > 1
    assert "cannot be written" in failed
    with JournalReader(path) as history:
        assert list(history.ids())[: kept + 1] == [*range(1, kept + 1), int(later)]


async def test_replays_are_kept_with_their_deliveries(path: Path) -> None:
    delivery = Delivery(
        capture_id=1, cause=Cause.REPLAY, target="http://x/", sent_at=WHEN, status=200, elapsed_ms=1.5, answer=b"ok"
    )
    replays = [
        (make_capture(feed_body(f"number {number}"), source=Source.REPLAY, replay_of=1), delivery)
        for number in range(3)
    ]
    async with JournalWriter(path) as journal:
        await journal.append(make_capture())
        stored = await journal.add_replays(replays)
    assert [capture.id for capture, _ in stored] == [2, 3, 4]
    with JournalReader(path) as history:
        assert history.deliveries(1) == [one for _, one in stored]
        assert [one.replay_id for _, one in stored] == [2, 3, 4]
        assert history.captures_by_id([4, 99, 2]) == {4: stored[2][0], 2: stored[0][0]}


async def test_captures_are_found_among_others_by_what_they_are(path: Path) -> None:
    forged = make_capture(signature=Signature(verdict=SignatureVerdict.INVALID))
    async with JournalWriter(path) as journal:
        for capture in (make_capture(), forged, make_handshake(), make_capture(replay_of=1), make_capture()):
            await journal.append(capture)
    with JournalReader(path) as history:
        valid = partial(history.filter_ids, kinds=(Kind.NOTIFICATION,), signatures=(SignatureVerdict.VALID,))
        assert valid([1, 2, 3, 4, 99], replays=False) == {1}
        assert valid(range(1, 6), replays=True) == {1, 4, 5}
        both = (Kind.NOTIFICATION, Kind.HANDSHAKE)
        checked = tuple(SignatureVerdict)
        assert history.filter_ids(range(1, 6), kinds=both, signatures=checked, replays=False) == {1, 2, 3, 5}


async def test_captures_are_known_by_the_run_that_they_came_in(path: Path) -> None:
    run = Run(app_id="1", objects=("page",), targets=(), started_at=WHEN)
    async with JournalWriter(path) as journal:
        first, second = await journal.begin_run(run), await journal.begin_run(run)
        for number in (None, first.id, second.id, second.id):
            await journal.append(make_capture(run_id=number))
    with JournalReader(path) as history:
        assert history.run_ids([4, 3, 2, 1]) == {None: 1, first.id: 2, second.id: 3}


async def test_a_capture_and_its_marks_are_read_at_one_moment(path: Path) -> None:
    async with JournalWriter(path) as journal:
        marked = await journal.append(make_capture(batch_body("one", "two")))
    with JournalEditor(path) as editor:
        editor.mark([EventRef(marked.id, 1)], marked=True)
    with JournalReader(path) as reader:

        def unmark_before(statement: str) -> None:
            if "FROM marked_events" in statement:
                with JournalEditor(path) as editor:
                    editor.mark([EventRef(marked.id, 1)], marked=False)

        reader._db.set_trace_callback(unmark_before)
        found = reader.capture(marked.id)
    assert found
    assert (found.marked, found.marked_events) == (True, (1,))
