"""Rows without a journal and without a terminal: batches, statuses, days."""

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.story import Story
from hookscope.model.capture_summary import CaptureSummary, StatusStep
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.outline import Outline, Pairs
from hookscope.model.record import Kind, Source
from hookscope.views.rate import CaptureRate, rate_text, sparkline
from hookscope.views.timeline import Timeline

BEGIN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class PlayedHistory:
    """Captures as a test has them: each its number of events, the capture whose status it is, its time, its run."""

    def __init__(self) -> None:
        self.events: dict[int, int] = {}
        self.leaders: dict[int, int] = {}
        self.times: dict[int, datetime] = {}
        self.runs: dict[int, int] = {}
        self.happened: dict[int, datetime] = {}
        self.changes = 0

    def add(self, *, events: int = 1, follows: int | None = None, time: datetime | None = None, run: int = 1) -> int:
        number = len(self.events) + 1
        self.events[number], self.runs[number] = events, run
        self.times[number] = time or BEGIN + timedelta(seconds=number)
        self.changes += 1
        if follows:
            self.leaders[number] = follows
        return number

    def outline(
        self, *, after: int = 0, before: int | None = None, newest: int | None = None, run: int | None = None
    ) -> Outline:
        ids = [
            one for one in self.events if after < one < (before or 1 << 40) and (run is None or self.runs[one] == run)
        ][-newest if newest else 0 :]
        batches = {one: count for one, count in self.events.items() if count > 1}
        return Outline(ids=array("q", ids), batches=_pairs(batches, ids), followers=_pairs(self.leaders, ids))

    def days(self, zone: tzinfo | None, since: datetime | None = None) -> list[tuple[int, date]]:
        found: dict[date, int] = {}
        for number, time in self.times.items():
            found.setdefault(time.astimezone(zone).date(), number)
        return [(number, day) for day, number in found.items() if since is None or day > since.date()]

    def lines(self, capture_ids: Sequence[int]) -> list[CaptureSummary]:
        return [self._line(one) for one in capture_ids if one in self.events]

    def steps(self, capture_ids: Sequence[int]) -> Mapping[int, tuple[StatusStep, ...]]:
        found: dict[int, tuple[StatusStep, ...]] = {}
        for one, leader in self.leaders.items():
            found[leader] = (*found.get(leader, ()), StatusStep(capture_id=one, state="read"))
        return found

    def outcomes(self, capture_ids: Sequence[int]) -> Mapping[int, DeliveryStatus]:
        return {}

    def version(self) -> int:
        return self.changes

    def _line(self, number: int) -> CaptureSummary:
        happened = self.happened.get(number, self.times[number])
        story = Story(
            object="page", entry_id="1", time=happened, field="feed", action="a", summary="a", happened=happened
        )
        return replace(LINE, id=number, events=(story,) * self.events[number], steps=self.steps([]).get(number, ()))


def _pairs(values: Mapping[int, int], among: Sequence[int]) -> Pairs:
    chosen = {key: value for key, value in sorted(values.items()) if among and among[0] <= key <= among[-1]}
    return Pairs(array("q", chosen), array("q", chosen.values()))


LINE = CaptureSummary(
    id=1,
    run_id=1,
    kind=Kind.NOTIFICATION,
    source=Source.LIVE,
    received_at=BEGIN,
    method="POST",
    target="/",
    events=(),
    signature=SignatureVerdict.VALID,
    signature_reason=None,
    handshake_accepted=None,
    handshake_reason=None,
    problem=None,
    reply_status=200,
    reply_ms=0.5,
    duplicate_of=None,
    originals=(),
    replay_of=None,
    size=10,
    marked=False,
    note=None,
    outcome=None,
)


@pytest.fixture
def history() -> PlayedHistory:
    return PlayedHistory()


def opened(history: PlayedHistory, **options: Any) -> Timeline:
    timeline = Timeline(UTC)
    timeline.open(history, **options)
    return timeline


def shown(timeline: Timeline) -> list[str]:
    rows = [timeline.row(number) for number in range(timeline.count)]
    return [f"{row.day:%d}." if row.day else str(row.ref) for row in rows]


def test_a_batch_has_a_row_of_its_own_and_one_for_each_event(history: PlayedHistory) -> None:
    for events in (1, 3, 1):
        history.add(events=events)
    timeline = opened(history)
    assert shown(timeline) == ["1", "2", "2.1", "2.2", "2.3", "3"]
    assert [timeline.row(number).folded for number in range(3)] == [None, False, None]
    assert [timeline.row(number).is_last for number in (3, 4)] == [False, True]


def test_a_batch_is_folded_from_any_of_its_rows_and_unfolded_again(history: PlayedHistory) -> None:
    for events in (1, 3, 1):
        history.add(events=events)
    timeline = opened(history)
    timeline.select(timeline.find(2, 2))
    assert timeline.fold()
    assert (shown(timeline), str(timeline.ref)) == (["1", "2", "3"], "2")
    assert not timeline.fold()
    assert timeline.unfold()
    assert (shown(timeline), str(timeline.ref)) == (["1", "2", "2.1", "2.2", "2.3", "3"], "2")
    assert not timeline.unfold()


def test_a_filter_leaves_some_events_of_a_batch_below_its_row(history: PlayedHistory) -> None:
    for events in (4, 1, 3, 1):
        history.add(events=events)
    timeline = opened(history)
    timeline.select(timeline.find(3, 2))
    timeline.narrow()
    timeline.add_hits(array("q", [1, 3]), {1: (2, 4)}, older=True)
    assert shown(timeline) == ["1", "1.2", "1.4", "3", "3.1", "3.2", "3.3"]
    assert str(timeline.ref) == "3.2"
    assert [timeline.row(number).is_last for number in (1, 2)] == [False, True]
    assert [timeline.row(number).matching for number in (0, 3)] == [2, None]
    timeline.select(1)
    assert timeline.fold()
    assert shown(timeline) == ["1", "3", "3.1", "3.2", "3.3"]
    assert timeline.unfold()
    assert shown(timeline) == ["1", "1.2", "1.4", "3", "3.1", "3.2", "3.3"]
    timeline.revise_hits([3], {3}, {3: (2,)})
    timeline.add_hits(array("q", [4]), older=False)
    assert shown(timeline)[-3:] == ["3", "3.2", "4"]
    timeline.widen()
    assert [timeline.row(number).matching for number in (0, 6)] == [None, None]
    assert len(shown(timeline)) == 11


def test_a_batch_that_was_not_counted_as_it_came_is_folded_until_it_is_unfolded(history: PlayedHistory) -> None:
    history.add(events=2)
    outline = history.outline
    history.outline = lambda **bounds: replace(outline(**bounds), batches=Pairs())  # type: ignore[method-assign]
    timeline = opened(history)
    assert (shown(timeline), timeline.row(0).folded) == (["1"], True)
    assert timeline.unfold()
    assert shown(timeline) == ["1", "1.1", "1.2"]


def test_the_events_of_a_batch_are_followed_as_they_come(history: PlayedHistory) -> None:
    history.add()
    timeline = opened(history)
    history.add(events=2)
    timeline.refresh()
    assert (str(timeline.ref), timeline.following) == ("2.2", True)
    timeline.move(-1)
    history.add(events=3)
    timeline.refresh()
    assert (str(timeline.ref), timeline.unseen, timeline.following) == ("2.1", 4, False)


def test_statuses_are_folded_under_their_message(history: PlayedHistory) -> None:
    message = history.add()
    history.add()
    for _ in range(2):
        history.add(follows=message)
    timeline = opened(history)
    assert shown(timeline) == ["1", "2"]
    assert [step.capture_id for step in timeline.row(0).line.steps] == [3, 4]  # type: ignore[union-attr]
    timeline.select(0)
    assert timeline.unfold()
    assert shown(timeline) == ["1", "2", "3", "4"]
    timeline.select(3)
    assert timeline.fold()
    assert (shown(timeline), str(timeline.ref)) == (["1", "2"], "1")


def test_a_status_stays_a_row_where_its_message_has_none(history: PlayedHistory) -> None:
    message = history.add(run=1)
    history.add(run=2, follows=message)
    assert shown(opened(history, run=2)) == ["2"]
    timeline = opened(history)
    timeline.narrow()
    timeline.add_hits(array("q", [2]), older=True)
    assert shown(timeline) == ["2"]
    timeline.widen()
    assert (shown(timeline), timeline.capture_id) == (["1"], 1)


def test_a_status_that_comes_later_leaves_the_position(history: PlayedHistory) -> None:
    message = history.add()
    history.add()
    timeline = opened(history)
    timeline.move(-1)
    history.add(follows=message)
    timeline.refresh()
    assert (shown(timeline), timeline.capture_id, timeline.unseen) == (["1", "2"], 1, 0)


def test_a_day_begins_with_a_line_that_cannot_be_selected(history: PlayedHistory) -> None:
    for day in (0, 0, 1, 3):
        history.add(time=BEGIN + timedelta(days=day))
    timeline = opened(history)
    assert shown(timeline) == ["1", "2", "21.", "3", "23.", "4"]
    timeline.move(-1)
    assert timeline.capture_id == 3
    timeline.move(-1)
    assert timeline.capture_id == 2
    timeline.move(1)
    assert timeline.capture_id == 3
    history.add(time=BEGIN + timedelta(days=4))
    timeline.refresh()
    assert shown(timeline)[-2:] == ["24.", "5"]


def test_days_part_the_hits_of_a_search_and_what_loads_in_front(history: PlayedHistory) -> None:
    for day in (0, 0, 1, 1, 2):
        history.add(time=BEGIN + timedelta(days=day))
    timeline = opened(history)
    timeline.narrow()
    timeline.add_hits(array("q", [4, 5]), older=True)
    timeline.add_hits(array("q", [2, 3]), older=True)
    assert shown(timeline) == ["2", "21.", "3", "4", "22.", "5"]
    assert (timeline.selected, timeline.following) == (5, True)


def test_the_rows_of_another_run_are_not_there_until_all_are_wanted(history: PlayedHistory) -> None:
    for run in (1, 2, 1, 2):
        history.add(run=run)
    timeline = opened(history, run=2)
    assert shown(timeline) == ["2", "4"]
    timeline.move(-1)
    timeline.open(history)
    assert (shown(timeline), timeline.capture_id) == (["1", "2", "3", "4"], 2)
    history.add(run=1)
    timeline.refresh()
    assert shown(timeline)[-1] == "5"


def test_an_event_that_happened_before_one_that_came_earlier_is_late(history: PlayedHistory) -> None:
    for _ in range(3):
        history.add()
    history.happened[2] = BEGIN - timedelta(seconds=40)
    timeline = opened(history)
    assert [timeline.row(number).late for number in range(3)] == [None, timedelta(seconds=41), None]


def test_a_batch_of_a_thousand_unfolds_at_once_in_a_long_list(history: PlayedHistory) -> None:
    for _ in range(50):
        history.add()
    history.add(events=1000)
    timeline = opened(history)
    assert (timeline.count, timeline.captures, str(timeline.ref)) == (1051, 51, "51.1000")


def test_the_rate_counts_by_the_second_and_forgets() -> None:
    rate = CaptureRate()
    rate.add(3, BEGIN)
    rate.add(1, BEGIN + timedelta(milliseconds=400))
    rate.add(2, BEGIN + timedelta(seconds=2))
    counts = rate.counts(BEGIN + timedelta(seconds=3))
    assert counts[-3:] == (4, 0, 2)
    assert sparkline(counts)[-3:] == "█▁▅"
    assert rate_text(counts) == "15/min"
    assert rate_text((30, 30)) == "30/s"
    assert not any(rate.counts(BEGIN + timedelta(minutes=1)))
