import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import filter as filters
from hookscope.errors import JournalError, UsageError
from hookscope.journal import schema
from hookscope.journal.editor import JournalEditor
from hookscope.journal.mirroring import Mirrored, MirrorReader
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef, SharedNumber, SharedRange, parse_name, parse_names
from hookscope.model.record import Run, Shared, Source
from hookscope.model.timestamps import now
from hookscope.services.selection import Selection, find
from hookscope.team.entry import decode, encode
from tests.support.captures import batch_body, feed_body, make_capture
from tests.support.identities import identities
from tests.support.old_journal import downgrade

LOG = "6d3c0e7a-3f53-4a0f-9a0e-6f6a1b7e0001"
OTHER = "6d3c0e7a-3f53-4a0f-9a0e-6f6a1b7e0002"


def entry(seq: int, body: bytes | None = None, *, run_id: int | None = None) -> Mirrored:
    """Return an entry of a shared log, with the identities of its body."""
    body = feed_body(str(seq), comment_id=f"1_{seq}") if body is None else body
    found = decode(replace(encode(make_capture(body), identities(body), "relay"), seq=seq))
    return Mirrored(seq, found.plain, run_id, found.identities)


def entries(first: int, last: int) -> list[Mirrored]:
    """Return the entries between two numbers."""
    return [entry(seq) for seq in range(first, last + 1)]


async def mirror(path: Path, *parts: Sequence[Mirrored], log: str = LOG) -> None:
    """Add entries to a journal, part by part."""
    async with JournalWriter(path) as writer:
        for part in parts:
            await writer.add_mirrored(log, "hooks", part)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_an_entry_becomes_a_capture_that_knows_its_place(path: Path) -> None:
    async with JournalWriter(path) as writer:
        run = await writer.begin_run(Run(app_id="1", objects=(), targets=(), started_at=now()))
        (kept,) = await writer.add_mirrored(LOG, "hooks", [entry(345, run_id=run.id)])
    with MirrorReader(path) as reader:
        assert reader.capture(kept.id) == kept
        assert (kept.id, kept.run_id, kept.source, kept.shared) == (1, run.id, Source.SHARED, Shared(log=LOG, seq=345))
        assert reader.mirrored_up_to(LOG) == 345
        assert reader.last_mirrored(LOG) == kept
        assert reader.mirrored_up_to(OTHER) is None
        assert reader.last_mirrored(OTHER) is None
        assert [line.shared_seq for line in reader.lines([1])] == [345]


async def test_a_log_at_another_address_is_the_same_log(path: Path) -> None:
    async with JournalWriter(path) as writer:
        for number, address in enumerate(("old.example/hooks", "new.example/hooks", "new.example/hooks"), 1):
            await writer.add_mirrored(LOG, address, entries(1, number))
    with MirrorReader(path) as reader:
        assert reader.mirrored_up_to(LOG) == 3
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT uuid, name FROM logs").fetchall() == [(LOG, "new.example/hooks")]
        assert db.execute("SELECT count(*) FROM captures").fetchone() == (3,)


async def test_entries_that_are_there_already_are_left_out(path: Path) -> None:
    async with JournalWriter(path) as writer:
        assert len(await writer.add_mirrored(LOG, "hooks", entries(1, 200))) == 200
        again = await writer.add_mirrored(LOG, "hooks", entries(150, 250))
        assert [capture.shared and capture.shared.seq for capture in again] == list(range(201, 251))
        assert await writer.add_mirrored(LOG, "hooks", entries(1, 250)) == []
        assert await writer.add_mirrored(LOG, "hooks", []) == []
    with MirrorReader(path) as reader:
        seqs = [capture.shared and capture.shared.seq for capture in reader.captures()]
        assert seqs == list(range(1, 251))


async def test_only_those_after_a_number_are_told_of(path: Path) -> None:
    async with JournalWriter(path) as writer:
        told = await writer.add_mirrored(LOG, "hooks", entries(1, 10), told_after=8)
        assert [capture.shared and capture.shared.seq for capture in told] == [9, 10]
        assert await writer.add_mirrored(LOG, "hooks", entries(11, 12), told_after=12) == []
    with MirrorReader(path) as reader:
        assert [reader.capture(capture.id) for capture in told] == told
        assert reader.mirrored_up_to(LOG) == 12


async def test_two_logs_with_the_same_numbers_are_kept_apart(path: Path) -> None:
    await mirror(path, entries(1, 3))
    await mirror(path, entries(1, 2), log=OTHER)
    with MirrorReader(path) as reader:
        assert (reader.mirrored_up_to(LOG), reader.mirrored_up_to(OTHER)) == (3, 2)
        assert reader.shared_ids(1, 9) == [4, 5]  # Of the one that was mirrored last.


async def test_a_deleted_capture_does_not_come_back(path: Path) -> None:
    await mirror(path, entries(1, 5))
    with JournalEditor(path) as editor:
        editor.delete([3, 5])
    await mirror(path, entries(1, 6))
    with MirrorReader(path) as reader:
        assert reader.shared_ids(1, 9) == [1, 2, 4, 6]
        assert reader.mirrored_up_to(LOG) == 6
        with pytest.raises(UsageError, match=r"entry @3 of a shared log is not in"):
            find(reader, SharedNumber(3))
    with JournalEditor(path) as editor:
        editor.delete([6])
    with MirrorReader(path) as reader:
        last = reader.last_mirrored(LOG)
        assert last
        assert last.shared == Shared(log=LOG, seq=4)


async def test_a_redelivery_is_recognized_by_its_identity(path: Path) -> None:
    body, batch = feed_body("a", comment_id="1_1"), batch_body("one", "two")
    await mirror(path, [entry(1, body), entry(2, body), entry(3, batch)], [entry(4, body), entry(5, batch)])
    async with JournalWriter(path) as writer:
        local = await writer.append(make_capture(body), identify=lambda _: identities(body))
    assert local.duplicate_of == 1
    with JournalReader(path) as reader:
        assert [capture.duplicate_of for capture in reader.captures()] == [None, 1, None, 1, 3, 1]


async def test_nothing_of_a_page_is_kept_when_it_cannot_be_written(path: Path) -> None:
    async with JournalWriter(path) as writer:
        with closing(sqlite3.connect(path)) as db:
            db.execute(
                "CREATE TRIGGER full BEFORE INSERT ON mirrored WHEN new.seq = 100 "
                "BEGIN SELECT raise(ABORT, 'full'); END"
            )
        with pytest.raises(JournalError, match="full"):
            await writer.add_mirrored(LOG, "hooks", entries(1, 100))
        with closing(sqlite3.connect(path)) as db:
            db.execute("DROP TRIGGER full")
        await writer.add_mirrored(LOG, "hooks", entries(1, 100))
    with MirrorReader(path) as reader:
        assert len(reader.ids()) == reader.mirrored_up_to(LOG) == 100


async def test_entries_are_named_by_number_range_and_filter(path: Path) -> None:
    async with JournalWriter(path) as writer:
        await writer.append(make_capture(feed_body("local")))
        await writer.add_mirrored(LOG, "hooks", entries(340, 350))
    with JournalReader(path) as reader:
        found = find(reader, SharedNumber(345))
        assert found.shared == Shared(log=LOG, seq=345)
        assert found.id == 7
        chosen = Selection(chosen=[SharedRange(341, 343)])
        assert chosen.existing_ids(reader) == [3, 4, 5]
        assert list(chosen.sendable_ids(reader)) == [3, 4, 5]
        assert [capture.id for capture in chosen.captures(reader)] == [3, 4, 5]
        several = Selection(chosen=[SharedRange(1, 999), 1], wanted="342 or local")
        assert [capture.id for capture in several.captures(reader)] == [4, 1]
        for wanted, expected in {
            "shared:345": [7],
            "shared:@345": [7],
            "shared:348..": [10, 11, 12],
            "not shared:341..": [1, 2],
            "is:shared": list(range(2, 13)),
            "is:shared shared:..341": [2, 3],
            "shared:9..8": [],
        }.items():
            query = filters.compile_query(filters.parse(wanted), now())
            assert [capture.id for capture in reader.captures(query)] == expected
            every = reader.captures()
            assert [c.id for c in every if filters.matches(filters.parse(wanted), c, now())] == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("12", 12),
        ("#12", 12),
        ("last", 0),
        ("@345", SharedNumber(345)),
        ("10..20", range(10, 21)),
        ("@340..@350", SharedRange(340, 350)),
        ("@340..", SharedRange(340, 10**18)),
        ("..@350", SharedRange(1, 350)),
        ("12.3", EventRef(12, 3)),
        ("#12.3", EventRef(12, 3)),
        ("last.2", EventRef(0, 2)),
    ],
)
def test_names_of_captures(text: str, name: object) -> None:
    assert parse_names(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "@", "@0", "#@3", "@-1", "@3..5", "3..@5", "@5..@3", "@last", "last..@3", "0", "12.", "12.x", "@3.1", ".2"],
)
def test_what_names_no_capture(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        parse_names(text)
    with pytest.raises(ValueError, match="is not a"):
        parse_name(text)


async def test_a_journal_of_the_version_before_reads_as_one_without_logs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with JournalWriter(path) as writer:
        await writer.append(make_capture())
    downgrade(path, 3)
    everything = filters.compile_query(filters.parse("not shared:1"), now())
    entry_one = filters.compile_query(filters.parse("shared:1"), now())
    with MirrorReader(path) as reader:
        assert [capture.shared for capture in reader.captures(everything)] == [None]
        assert (reader.shared_ids(1, 9), reader.mirrored_up_to(LOG), reader.last_mirrored(LOG)) == ([], None, None)
        await mirror(path, entries(1, 2))  # Now it is migrated, under the reader's eyes.
        assert reader.mirrored_up_to(LOG) == 2
        assert [capture.id for capture in reader.captures(entry_one)] == [2]
        assert find(reader, 1).shared is None
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "VERSION", 3)
        with pytest.raises(JournalError, match="supports version 3") as caught:
            JournalReader(path)
    assert caught.value.hint
    assert "upgrade hookscope" in caught.value.hint
