import asyncio
import json
import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import filter as filters
from hookscope import run_registry
from hookscope.journal import search_index
from hookscope.journal.connection import open_for_writing
from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Cause, Delivery, Reply, Run, Source
from hookscope.model.timestamps import now
from hookscope.run_registry import LiveRun
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.identities import named
from tests.support.program import Done, Home, call
from tests.support.terminal import on_terminal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


async def fill(journal: Path, count: int, **changes: object) -> None:
    async with JournalWriter(journal) as opened:
        await asyncio.gather(*(opened.append(make_capture(feed_body(f"nr{n + 1}"), **changes)) for n in range(count)))
        await opened.catch_up()


def ids(home: Home, text: str = "") -> list[int]:
    with JournalReader(home.journal) as history:
        return [capture.id for capture in history.captures(filters.compile_query(filters.parse(text), now()))]


async def captures(home: Home, *arguments: str) -> Done:
    done = await call(home, "captures", *arguments)
    assert done.code == 0, done.stderr
    return done


@pytest.mark.slow
async def test_marks_and_notes_are_shown_and_found(home: Home) -> None:
    await fill(home.journal, 5)
    assert "2 captures marked" in (await captures(home, "mark", "2", "#4")).stderr
    await captures(home, "note", "4", "  the order that \x1b[31m failed  ")
    assert (ids(home, "is:marked"), ids(home, "failed"), ids(home, "not order")) == ([2, 4], [4], [1, 2, 3, 5])
    listed = await call(home, "ls", "--filter", "is:marked")
    assert "note: the order that" in listed.stdout
    assert "\x1b" not in listed.stdout
    shown = json.loads((await captures(home, "show", "4", "--json")).stdout)
    assert (shown["marked"], shown["note"]) == (True, "the order that \x1b[31m failed")
    assert "\nnote       the order" in (await captures(home, "show", "4")).stdout
    await captures(home, "mark", "--unmark", "..3")
    await captures(home, "note", "4", "--clear")
    assert (ids(home, "is:marked"), ids(home, "failed")) == ([4], [])
    assert "no capture in" in (await call(home, "ls", "--filter", "failed")).stderr
    assert (await call(home, "captures", "note", "4")).code == 2
    assert (await call(home, "captures", "mark", "9")).code == 2


@pytest.mark.slow
async def test_deleting_says_how_many(home: Home) -> None:
    await fill(home.journal, 20)
    assert "would delete 1 capture: #3" in (await captures(home, "delete", "3", "--dry-run")).stderr
    assert ids(home) == list(range(1, 21))
    assert "deleted 4 captures" in (await captures(home, "delete", "3", "5..7", "--yes")).stderr
    assert ids(home) == ids(home, "comment") == [1, 2, 4, *range(8, 21)]
    assert ids(home, '"nr3" or "nr8"') == [8]


@pytest.mark.parametrize("arguments", [("delete", "1", "2"), ("prune", "--keep", "1")])
async def test_a_script_is_not_asked(home: Home, arguments: tuple[str, ...]) -> None:
    await fill(home.journal, 3)
    assert "deleted 2 captures" in (await captures(home, *arguments)).stderr
    assert ids(home) == [3]


@pytest.mark.parametrize("arguments", [("delete", "3"), ("prune", "--keep", "1")])
async def test_whoever_says_no_keeps_the_captures(home: Home, arguments: tuple[str, ...]) -> None:
    await fill(home.journal, 3)
    async with on_terminal(home, "captures", *arguments) as terminal:
        await terminal.shows("[y/N]")
        terminal.type("n\n")
        assert await terminal.end() == 0
    assert b"nothing was deleted" in terminal.screen
    assert ids(home) == [1, 2, 3]


@pytest.mark.slow
async def test_pruning_leaves_the_newest_the_young_and_the_marked(home: Home) -> None:
    await fill(home.journal, 30, received_at=now() - timedelta(days=9))
    await fill(home.journal, 30, received_at=now())
    await captures(home, "mark", "2")
    assert (await call(home, "captures", "prune", "--yes")).code == 2
    assert (
        "would delete 9 captures: #1, #3, #4, #5" in (await captures(home, "prune", "--keep", "50", "--dry-run")).stderr
    )
    assert "nothing" in (await captures(home, "prune", "--keep", "60", "--older-than", "7d", "--yes")).stderr
    done = await captures(home, "prune", "--older-than", "7d", "--keep", "5", "--yes")
    assert "deleted 29 captures" in done.stderr
    assert ids(home) == [2, *range(31, 61)]
    assert ids(home, "is:marked") == [2]


@pytest.mark.slow
async def test_a_span_of_nothing_prunes_nothing(home: Home) -> None:
    await fill(home.journal, 3)
    for rest in ((), ("--keep", "1")):
        refused = await call(home, "captures", "prune", "--older-than", "", *rest, "--yes")
        assert (refused.code, "is not a duration" in refused.stderr) == (2, True)
    assert ids(home) == [1, 2, 3]


async def test_pruning_gives_the_space_back(home: Home) -> None:
    async with JournalWriter(home.journal) as journal:
        await asyncio.gather(*(journal.append(make_capture(feed_body("x" * 5000))) for _ in range(300)))
        await journal.catch_up()
    before = home.journal.stat().st_size
    done = await captures(home, "prune", "--keep", "10", "--yes")
    assert "MiB freed" in done.stderr
    assert home.journal.stat().st_size < before / 8
    assert ids(home, "comment") == list(range(291, 301))


async def fill_to(home: Home, count: int) -> int:
    """Capture so many notifications that take 2 KiB or more on the disk; return the bytes of the journal's file."""
    async with JournalWriter(home.journal) as journal:
        for text in ("x", "y", "z"):
            made = (make_capture(feed_body(f"{text * 1500} {number}")) for number in range(count // 3))
            await asyncio.gather(*(journal.append(capture) for capture in made))
        await journal.catch_up()
    with JournalEditor(home.journal) as editor:
        editor.give_back()
    return home.journal.stat().st_size


@pytest.mark.parametrize("part", [0.9, 0.6, 0.2])
async def test_pruning_to_a_size_deletes_the_oldest_and_no_more_than_it_must(home: Home, part: float) -> None:
    most = int(await fill_to(home, 1200) * part)
    await captures(home, "mark", "3")
    done = await captures(home, "prune", "--max-size", f"{most / 1000:.3f}kB", "--yes")
    left = ids(home)
    assert f"deleted {1200 - len(left):,} captures" in done.stderr
    assert most * 0.8 < home.journal.stat().st_size <= most
    assert left == [3, *range(1200 - len(left) + 2, 1201)]
    again = await captures(home, "prune", "--max-size", f"{most / 1000:.3f}kB", "--yes")
    assert "nothing to delete" in again.stderr


async def test_pruning_to_a_size_keeps_what_another_limit_keeps(home: Home) -> None:
    await fill_to(home, 300)
    await captures(home, "prune", "--max-size", "1KB", "--keep", "20", "--yes")
    assert ids(home) == [*range(281, 301)]
    asked = await captures(home, "prune", "--max-size", "1KB", "--dry-run")
    assert "would delete 20 captures" in asked.stderr
    refused = await call(home, "captures", "prune", "--max-size", "2 potatoes", "--yes")
    assert (refused.code, "is not a size: write 500MB or 2GiB" in refused.stderr) == (2, True)


async def test_a_replay_outlives_what_it_was_made_from(home: Home) -> None:
    delivery = Delivery(
        capture_id=1,
        cause=Cause.REPLAY,
        target="http://x/",
        sent_at=WHEN,
        status=200,
        elapsed_ms=1.5,
    )
    async with JournalWriter(home.journal) as journal:
        for _ in range(2):
            await journal.append(make_capture(), identify=named("a"))
        await journal.append(make_capture(source=Source.REPLAY, replay_of=1))
        await journal.add_deliveries(replace(delivery, replay_id=3))
        await journal.add_deliveries(replace(delivery, cause=Cause.FORWARD))
    await captures(home, "delete", "1", "--yes")
    with JournalReader(home.journal) as history:
        assert [one.capture_id for one in history.deliveries(3)] == [3]
        assert history.deliveries(1) == []
    shown = await captures(home, "show", "3")
    assert "replay     of #1" in shown.stdout
    async with JournalWriter(home.journal) as journal:
        again = await journal.append(make_capture(), identify=named("a"))
    assert again.duplicate_of == 2
    await captures(home, "delete", "3", "--yes")
    assert ids(home) == [2, 4]


@pytest.fixture
def live(home: Home, monkeypatch: pytest.MonkeyPatch) -> LiveRun:
    """A run of this home that can be announced."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    return LiveRun(
        key=run_registry.new_key(), pid=os.getpid(), address="", journal=str(home.journal), app_id="1", objects=()
    )


async def test_captures_that_a_live_run_has_yet_to_forward_stay(home: Home, live: LiveRun) -> None:
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(key=live.key, app_id="1", objects=(), targets=("http://x/",), started_at=WHEN)
        )
        for _ in range(3):
            await journal.append(make_capture(run_id=run.id))
        await journal.add_deliveries(
            Delivery(capture_id=1, cause=Cause.FORWARD, target="http://x/", sent_at=WHEN, status=200, elapsed_ms=1)
        )
        await journal.append(make_capture(run_id=run.id, reply=Reply(status=502)))  # Meta sends it again.
        with run_registry.announce(live):
            done = await captures(home, "delete", "1", "2", "3", "4", "--yes")
        assert "2 captures still to be forwarded by a live run stay: #2, #3" in done.stderr
        assert ids(home) == [2, 3]
        await captures(home, "delete", "2", "--yes")
        assert ids(home) == [3]


async def test_captures_that_no_route_matches_are_not_waited_for(home: Home, live: LiveRun) -> None:
    routes = (Route(target="http://x/", filter="field:feed"), Route(target="http://y/", filter="field:messages"))
    targets = tuple(route.target for route in routes)
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(key=live.key, app_id="1", objects=(), targets=targets, routes=routes, started_at=WHEN)
        )
        for _ in range(2):
            await journal.append(make_capture(run_id=run.id))
        await journal.add_deliveries(
            Delivery(capture_id=1, cause=Cause.FORWARD, target="http://x/", sent_at=WHEN, status=200, elapsed_ms=1)
        )
        with run_registry.announce(live):
            done = await captures(home, "delete", "1", "2", "--yes")
    assert "1 capture still to be forwarded by a live run stays: #2" in done.stderr
    assert ids(home) == [2]


async def test_many_that_stay_are_told_by_the_first_and_the_last(home: Home, live: LiveRun) -> None:
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(key=live.key, app_id="1", objects=(), targets=("http://x/",), started_at=WHEN)
        )
        await asyncio.gather(*(journal.append(make_capture(run_id=run.id)) for _ in range(70)))
        with run_registry.announce(live):
            done = await captures(home, "delete", "60..70", "--yes")
    assert "11 captures still to be forwarded by a live run stay: #60 to #70" in done.stderr


async def test_imported_captures_are_indexed_by_the_first_search(home: Home) -> None:
    await fill(home.journal, 300)
    await captures(home, "mark", "7")
    file = home.work / "all.ndjson"
    await captures(home, "export", "-o", str(file))
    other = Home(home.folder.parent / "other")
    await captures(other, "import", str(file))
    with closing(open_for_writing(other.journal)) as db:
        assert search_index.up_to(db) == 0
        found = await captures(other, "list", "--filter", "nr99", "--json")
        assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == [99]
        assert search_index.up_to(db) == 300
    assert (ids(other, '"nr9"'), ids(other, "is:marked")) == ([9], [7])


@pytest.mark.slow
async def test_receivers_do_not_wait_for_a_great_clean_up(home: Home, live: LiveRun) -> None:
    await fill(home.journal, 3000)
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(Run(key=live.key, app_id="1", objects=(), targets=(), started_at=WHEN))

        def prune() -> int:
            with JournalEditor(home.journal) as upkeep:
                return upkeep.delete(range(1, 3001)).deleted

        with run_registry.announce(live):
            pruning = asyncio.create_task(asyncio.to_thread(prune))
            added = 0
            while not pruning.done():
                await journal.append(make_capture(feed_body("meanwhile"), run_id=run.id))
                added += 1
    assert await pruning == 3000
    assert added > 100
    assert len(ids(home, "meanwhile")) == len(ids(home)) == added
