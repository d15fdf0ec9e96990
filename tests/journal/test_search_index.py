import asyncio
import math
import subprocess
import sys
import unicodedata
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

import hookscope.journal
from hookscope import filter as filters
from hookscope.journal import candidates, search_index, writer_thread
from hookscope.journal.codec import CAPTURE_COLUMNS
from hookscope.journal.connection import open_for_writing
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Cause, Delivery
from hookscope.model.timestamps import now
from hookscope.model.tokenizer import words
from tests.support.captures import feed_body, make_capture
from tests.support.descriptors import descriptors_left
from tests.support.slow import slow_after
from tests.support.until import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def found(path: Path, text: str) -> list[int]:
    with JournalReader(path) as history:
        return list(history.capture_ids(filters.compile_query(filters.parse(text), now())))


def indexed(path: Path) -> int:
    connection = open_for_writing(path)
    try:
        return search_index.up_to(connection)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World", ["hello", "world"]),
        ("Straße ﬁne É", ["strasse", "fine", "e"]),
        ("İstanbul ıspanak café cafe\u0301 GÜZEL Łódź", ["istanbul", "ispanak", "cafe", "cafe", "guzel", "lodz"]),
        ("ΆΣ ас שָׁלוֹם سَلَام", ["ας".replace("ς", "σ"), "ас", "שלום", "سلام"]),
        ("น้ำ ที่", ["น", "\u0e4d", "า", "ท", "ี"]),
        ("हिन्दी ガ ｶﾞ 한국", ["हिन्दी", "カ\u3099", "カ\u3099", unicodedata.normalize("NFD", "한국")]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("ok👍🏽", ["ok", "👍", "🏽"]),
        ("901_903 a.b", ["901", "903", "a", "b"]),
        ("\x1fA\x7fb\x80Ä\u0301c", ["a", "b", "ac"]),
        ("x" * 100, ["x" * 64]),
        ("… _ \ue000 \ud800", []),
    ],
)
def test_a_text_is_taken_apart_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


async def test_the_index_is_filled_while_nothing_comes(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture(feed_body(f"nr{n}"))) for n in range(100)))
        await until(lambda: indexed(path) == 100)
        assert found(path, "nr7") == [8, *range(71, 81)][::-1]
        await journal.append(make_capture(feed_body("nr7")))
        assert found(path, '"nr7"') == [101, 8]
        await until(lambda: indexed(path) == 101)
        assert found(path, '"nr7"') == [101, 8]


async def test_the_index_is_filled_between_writes_that_never_pause(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_thread, "_IDLE_SECONDS", 3600)
    monkeypatch.setattr(writer_thread, "_BETWEEN_SECONDS", 0)
    monkeypatch.setattr(writer_thread, "_CALM_RATE", math.inf)
    async with JournalWriter(path) as journal:
        for _ in range(200):
            await journal.append(make_capture())
        assert indexed(path) > 0


async def test_upkeep_that_cannot_be_loaded_stops_no_capture(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_thread, "_BETWEEN_SECONDS", 0)
    monkeypatch.setattr(writer_thread, "_CALM_RATE", math.inf)
    for module in ("search_index", "removal"):  # A run has loaded neither before its first capture.
        monkeypatch.delitem(sys.modules, f"hookscope.journal.{module}", raising=False)
        monkeypatch.delattr(hookscope.journal, module, raising=False)
    async with JournalWriter(path) as journal:
        with descriptors_left(0):
            for number in range(1, 20):
                assert (await journal.append(make_capture())).id == number
        await journal.append(make_capture())
        await until(lambda: indexed(path) == 20)


async def test_filling_the_index_stops_where_somebody_waits(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture(feed_body(f"nr{n}"))) for n in range(3)))
    with closing(open_for_writing(path)) as connection:
        search_index.reset(connection)
        assert search_index.fill(connection, interrupted=lambda: True)
        assert search_index.up_to(connection) == 1
        while search_index.fill(connection):
            pass
        assert search_index.up_to(connection) == 3
    assert found(path, "nr0") == [1]
    assert found(path, "nr2") == [3]


@pytest.mark.slow
@pytest.mark.parametrize("joined", ["{} or {}", "not ({} or {})", "{} since:1h or {} since:1h"])
async def test_a_filter_of_very_many_parts_is_a_filter(path: Path, joined: str) -> None:
    async with JournalWriter(path) as journal:
        for _ in range(4):
            await journal.append(make_capture(received_at=now()))
    first, many = "id:2", " or ".join(f"id:{n}" for n in range(4, 3000))
    wanted = [3, 1] if joined.startswith("not") else [4, 2]
    assert found(path, joined.format(first, f"({many})")) == wanted


@pytest.mark.slow
async def test_each_of_very_many_parts_must_hold(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture()) for _ in range(3)))
    assert found(path, " ".join(f"not id:{n}" for n in range(2, 2000))) == [1]


async def test_captures_outside_the_index_are_found_too(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(feed_body("early")))
        await journal.catch_up()
    connection = open_for_writing(path)
    connection.execute(
        f"INSERT INTO captures (id, {CAPTURE_COLUMNS}) SELECT 2, {CAPTURE_COLUMNS} FROM captures WHERE id = 1"
    )
    connection.close()
    assert (indexed(path), found(path, "early")) == (1, [2, 1])


async def test_a_large_body_is_searched_without_the_index(path: Path) -> None:
    large = make_capture(feed_body("needle " + "x" * search_index.LARGE))
    async with JournalWriter(path) as journal:
        for capture in (make_capture(), large, make_capture()):
            await journal.append(capture)
        await journal.catch_up()
    assert (indexed(path), found(path, "needle"), found(path, "not needle")) == (3, [2], [3, 1])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("comment", 5), ("page comment", 5), ("comment or nowhere", 5), ("field:fe* comment", 5), ("nowhere", 1)],
)
async def test_the_newest_hits_are_there_before_the_words_of_a_beginning_are_merged(
    path: Path, monkeypatch: pytest.MonkeyPatch, text: str, wanted: int
) -> None:
    async with JournalWriter(path) as journal:
        await asyncio.gather(*(journal.append(make_capture(feed_body(f"a comment, nr{n}"))) for n in range(64)))
        await journal.catch_up()
    monkeypatch.setattr(candidates, "_SAMPLE_SHIFT", 2)
    query, asked = filters.compile_query(filters.parse(text), now()), list[str]()
    with JournalReader(path) as history:
        history._db.set_trace_callback(asked.append)
        hits = [capture.id for capture in islice(history.captures(query, newest_first=True), wanted)]
    assert hits == ([] if text == "nowhere" else [64, 63, 62, 61, 60])
    assert not [
        statement for statement in asked if "MATCH" in statement and ("comm" in statement or "now" in statement)
    ]


@pytest.mark.parametrize("text", ["app:2xx", "app:*", "app:201"])
async def test_a_search_for_answers_looks_at_no_capture_without(path: Path, text: str) -> None:
    async with JournalWriter(path) as journal:
        kept = await asyncio.gather(*(journal.append(make_capture()) for _ in range(640)))
        await journal.add_deliveries(
            *(
                Delivery(capture_id=one.id, cause=Cause.FORWARD, target="x", sent_at=now(), status=status, elapsed_ms=1)
                for one, status in ((kept[2], 200), (kept[2], 201), (kept[5], 201))
            )
        )
    query, steps = filters.compile_query(filters.parse(text), now()), list[None]()
    with JournalReader(path) as history:
        history._db.set_progress_handler(lambda: steps.append(None), 1)
        assert [capture.id for capture in history.captures(query, newest_first=True)] == [6, 3]
    assert len(steps) < 1000


async def test_an_index_made_by_another_version_is_made_anew(path: Path) -> None:
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(feed_body("early")))
        await journal.catch_up()
    connection = open_for_writing(path)
    connection.execute("UPDATE upkeep SET index_version = 99")
    connection.close()
    assert (indexed(path), found(path, "early")) == (0, [1])
    async with JournalWriter(path) as journal:
        await journal.catch_up()
        await journal.catch_up()
    assert (indexed(path), found(path, "early")) == (1, [1])


async def test_the_segments_of_an_index_filled_little_by_little_are_merged(path: Path) -> None:
    async with JournalWriter(path) as journal:
        for number in range(15):  # Without merging: three segments of one, three of four.
            await journal.append(make_capture(feed_body(f"word{number}")))
            await journal.catch_up()
    connection = open_for_writing(path)
    ((segments,),) = connection.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchall()
    connection.close()
    assert segments <= 4
    assert (found(path, "word"), found(path, "word14")) == (list(range(15, 0, -1)), [15])


KILLED = """
import asyncio, os, sys
from pathlib import Path
from hookscope.journal.writer import JournalWriter
from tests.support.captures import feed_body, make_capture

async def main():
    async with JournalWriter(Path(sys.argv[1])) as journal:
        for n in range(int(sys.argv[2])):
            await asyncio.gather(*(journal.append(make_capture(feed_body(f"nr{n}"))) for _ in range(40)))
            await asyncio.sleep(0.025)
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.mark.parametrize("rounds", slow_after(1, [1, 4]))
async def test_a_journal_left_unindexed_catches_up(path: Path, rounds: int) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path), str(rounds)], check=False)
    assert len(found(path, "nr0")) == 40
    assert len(found(path, "comment")) == 40 * rounds
    async with JournalWriter(path):
        await until(lambda: indexed(path) == 40 * rounds)
    assert len(found(path, "nr0")) == 40
    assert len(found(path, "comment")) == 40 * rounds
