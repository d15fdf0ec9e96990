import asyncio
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from hookscope.journal.list_reader import ListReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.outline import Outline
from hookscope.model.record import Cause, Delivery
from hookscope.views.lines import REMEMBERED
from hookscope.views.row_reader import READ_ROWS
from hookscope.views.timeline import FIRST_LOOK, Timeline
from tests.support.captures import WHEN, feed_body, make_capture


class CountingHistory(ListReader):
    """A history that remembers what it was asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: list[int] = []
        self.asked_outcomes = 0

    def lines(self, numbers: Sequence[int]) -> list[CaptureSummary]:
        self.read += numbers
        return super().lines(numbers)

    def outcomes(self, numbers: Sequence[int]) -> dict[int, DeliveryStatus]:
        self.asked_outcomes += 1
        return super().outcomes(numbers)


@asynccontextmanager
async def journal_with(tmp_path: Path, captures: int) -> AsyncIterator[JournalWriter]:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        await add(journal, captures)
        await journal.catch_up()  # Indexing is a change, too.
        yield journal


async def add(journal: JournalWriter, captures: int) -> None:
    await asyncio.gather(*(journal.append(make_capture(feed_body(f"comment {n}"))) for n in range(captures)))


@contextmanager
def opened(journal: JournalWriter) -> Iterator[tuple[Timeline, CountingHistory]]:
    timeline = Timeline()
    with CountingHistory(journal.path) as history:
        assert isinstance(history, CountingHistory)
        timeline.open(history)
        yield timeline, history


async def test_new_captures_stay_unseen_when_others_are_edited_or_deleted(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 5) as journal:
        with opened(journal) as (timeline, history):
            timeline.move(-2)
            await add(journal, 3)
            assert timeline.refresh()
            timeline.renew(history.outline(), timeline.newest)
            assert (timeline.capture_id, timeline.unseen) == (3, 3)
            timeline.renew(Outline(ids=array("q", [1, 4, 5, 6, 8])), timeline.newest)
            assert (timeline.capture_id, timeline.unseen) == (4, 2)


async def test_it_opens_at_the_newest_row_and_follows(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 5) as journal:
        with opened(journal) as (timeline, _):
            assert (timeline.count, timeline.selected, timeline.capture_id) == (5, 4, 5)
            await add(journal, 2)
            assert timeline.refresh()
            assert (timeline.count, timeline.capture_id, timeline.following) == (7, 7, True)


async def test_an_empty_one_selects_the_first_row_that_comes(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 0) as journal:
        with opened(journal) as (timeline, _):
            assert (timeline.count, timeline.selected, timeline.capture_id) == (0, -1, None)
            timeline.move(-1)
            timeline.move(1)
            assert timeline.selected == -1
            await add(journal, 1)
            timeline.refresh()
            assert timeline.capture_id == 1


async def test_moving_up_stops_following_and_new_rows_move_nothing(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 5) as journal:
        with opened(journal) as (timeline, _):
            timeline.move(-1)
            assert not timeline.following
            await add(journal, 3)
            timeline.refresh()
            assert (timeline.capture_id, timeline.count, timeline.unseen) == (4, 8, 3)


async def test_who_moves_back_down_to_the_newest_row_follows_again(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 3) as journal:
        with opened(journal) as (timeline, _):
            timeline.move(-1)
            await add(journal, 1)
            timeline.refresh()
            timeline.move(1)
            assert (timeline.capture_id, timeline.unseen, timeline.following) == (3, 1, False)
            timeline.move(1)
            await add(journal, 1)
            timeline.refresh()
            assert (timeline.capture_id, timeline.unseen, timeline.following) == (5, 0, True)


async def test_moving_up_from_the_only_row_keeps_following(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 1) as journal:
        with opened(journal) as (timeline, _):
            timeline.move(-1)
            assert timeline.following


async def test_holding_keeps_the_selected_row_while_others_come(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 3) as journal:
        with opened(journal) as (timeline, _):
            timeline.hold()
            await add(journal, 4)
            timeline.refresh()
            assert (timeline.capture_id, timeline.unseen) == (3, 4)


async def test_a_pause_counts_what_comes_and_loses_nothing(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 3) as journal:
        with opened(journal) as (timeline, _):
            timeline.pause(True)
            await add(journal, 23)
            timeline.refresh()
            assert (timeline.count, timeline.waiting, timeline.capture_id) == (3, 23, 3)
            timeline.pause(False)
            assert (timeline.count, timeline.waiting, timeline.capture_id) == (26, 0, 26)
            assert all(timeline.line(row) for row in range(26))


async def test_moving_goes_on_within_the_paused_rows(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 3) as journal:
        with opened(journal) as (timeline, _):
            timeline.pause(True)
            timeline.move(-1)
            await add(journal, 2)
            timeline.refresh()
            timeline.move(10)
            assert timeline.capture_id == 3
            timeline.pause(False)
            assert timeline.capture_id == 3


async def test_no_row_comes_or_goes_in_a_pause(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 9) as journal:
        with opened(journal) as (timeline, _):
            timeline.narrow()
            timeline.add_hits(array("q", [2, 4, 9]), older=True)
            timeline.select(1)
            timeline.pause(True)
            timeline.revise_hits([2, 5, 6], {5, 6})
            timeline.revise_hits([6, 8], {8})
            assert (timeline.count, timeline.capture_id) == (3, 4)
            timeline.pause(False)
            assert (timeline.count, timeline.capture_id) == (4, 4)
            assert [timeline.has(number) for number in (2, 4, 5, 6, 8, 9)] == [False, True, True, False, True, True]


async def test_nothing_new_is_told_without_reading_rows(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 3) as journal:
        with opened(journal) as (timeline, history):
            timeline.line(0)
            history.read.clear()
            assert not timeline.refresh()
            timeline.line(0)
            assert history.read == []


async def test_after_news_only_the_new_rows_are_read(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 10) as journal:
        with opened(journal) as (timeline, history):
            timeline.line(9)
            history.read.clear()
            await add(journal, 2)
            timeline.refresh()
            assert [line.id for row in range(12) if (line := timeline.line(row))] == [*range(1, 13)]
            assert history.read == [11, 12]


async def test_a_delivery_shows_in_a_row_that_was_read_before(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 2) as journal:
        with opened(journal) as (timeline, _):
            assert (before := timeline.line(0))
            assert before.outcome is None
            delivery = Delivery(
                capture_id=1, cause=Cause.REPLAY, target="http://x/", sent_at=WHEN, status=503, elapsed_ms=7.0
            )
            await journal.add_deliveries(delivery)
            timeline.refresh()
            assert (after := timeline.line(0))
            assert after.outcome == DeliveryStatus(status=503, elapsed_ms=7.0)


@pytest.mark.slow
async def test_only_so_many_lines_are_held(tmp_path: Path) -> None:
    async with journal_with(tmp_path, count := REMEMBERED + 4 * READ_ROWS) as journal:
        with opened(journal) as (timeline, history):
            for row in range(0, count, READ_ROWS):
                timeline.line(row)
            assert len(history.read) == count
            history.read.clear()
            timeline.line(count - READ_ROWS)
            timeline.line(4 * READ_ROWS)
            assert history.read == []
            timeline.line(0)
            assert len(history.read) == READ_ROWS


@pytest.mark.slow
async def test_a_long_history_opens_with_its_end_and_gets_the_rest_in_front(tmp_path: Path) -> None:
    async with journal_with(tmp_path, FIRST_LOOK + 300) as journal:
        with opened(journal) as (timeline, history):
            assert (timeline.count, timeline.capture_id) == (FIRST_LOOK, FIRST_LOOK + 300)
            timeline.move(-5)
            timeline.line(timeline.selected)
            await add(journal, 7)
            timeline.refresh()
            timeline.prepend(history.outline(before=timeline.oldest or 0))
            assert timeline.count == FIRST_LOOK + 307
            assert (timeline.capture_id, timeline.unseen) == (FIRST_LOOK + 295, 7)
            assert [line.id for row in (0, 299, 300, timeline.selected) if (line := timeline.line(row))] == [
                1,
                300,
                301,
                FIRST_LOOK + 295,
            ]


async def test_a_row_that_was_deleted_is_none_and_moves_no_other(tmp_path: Path) -> None:
    async with journal_with(tmp_path, 5) as journal:
        with opened(journal) as (timeline, _):
            await journal._write(lambda db: db.execute("DELETE FROM captures WHERE id = 3"))
            timeline.refresh()
            assert timeline.line(2) is None
            assert (line := timeline.line(3))
            assert line.id == 4


@pytest.mark.parametrize(("row", "selected"), [(-5, 0), (0, 0), (4, 4), (99, 4)])
async def test_selecting_stays_within_the_rows(tmp_path: Path, row: int, selected: int) -> None:
    async with journal_with(tmp_path, 5) as journal:
        with opened(journal) as (timeline, _):
            timeline.select(row)
            assert timeline.selected == selected
