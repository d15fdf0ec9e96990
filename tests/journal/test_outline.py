"""What the journal knows of captures without their bodies: runs, batches, and whose status one reports."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hookscope.journal.list_reader import ListReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.model.capture_summary import MOST_ATTEMPTS
from hookscope.model.outline import Outline
from hookscope.model.record import Capture, Cause, Delivery, Run
from hookscope.model.timestamps import LOCAL
from hookscope.views.timeline import Timeline
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.support.importing import add_all
from tests.support.old_journal import downgrade
from tests.support.time_zone import BERLIN, time_zone


def whatsapp(field: str, **value: Any) -> bytes:
    change = {"field": field, "value": {"messaging_product": "whatsapp", **value}}
    return wire.encode({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]})


def status(state: str, message: str = "wamid.1") -> Capture:
    told = {"id": message, "status": state, "timestamp": "1700000000", "recipient_id": "4670"}
    return make_capture(whatsapp("messages", statuses=[told]))


def echo() -> Capture:
    sent = {"id": "wamid.1", "from": "1555", "to": "4670", "timestamp": "1700000000", "type": "text"}
    return make_capture(whatsapp("smb_message_echoes", message_echoes=[{**sent, "text": {"body": "hello"}}]))


def messenger(**event: Any) -> Capture:
    event = {"sender": {"id": "6"}, "recipient": {"id": "12"}, "timestamp": 1700000000000, **event}
    entry = {"id": "12", "time": 1700000000000, "messaging": [event]}
    return make_capture(wire.encode({"object": "page", "entry": [entry]}))


async def kept(path: Path, *captures: Capture, at_once: bool = False) -> Outline:
    async with JournalWriter(path) as journal:
        adding = [journal.append(capture, identify=Capture.identify) for capture in captures]
        if at_once:
            await asyncio.gather(*adding)
        else:
            for one in adding:
                await one
    with ListReader(path) as history:
        return history.outline()


async def test_statuses_follow_the_echo_of_their_message(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    outline = await kept(path, echo(), status("sent"), status("delivered"), status("read"), status("sent", "wamid.2"))
    assert [*outline.followers.between(1, 9)] == [(2, 1), (3, 1), (4, 1)]
    with ListReader(path) as history:
        [line] = history.lines([1])
        assert [(step.capture_id, step.state) for step in line.steps] == [(2, "sent"), (3, "delivered"), (4, "read")]
        timeline = Timeline(UTC)
        timeline.open(history)
        assert [str(timeline.row(number).ref) for number in range(timeline.count)] == ["1", "5"]


async def test_without_the_message_they_follow_its_first_status(tmp_path: Path) -> None:
    outline = await kept(tmp_path / "journal.db", status("delivered"), status("sent"), status("read"))
    assert [*outline.followers.between(1, 9)] == [(2, 1), (3, 1)]


async def test_they_follow_what_came_in_the_same_moment(tmp_path: Path) -> None:
    outline = await kept(tmp_path / "journal.db", status("sent"), status("delivered"), status("read"), at_once=True)
    assert [*outline.followers.between(1, 9)] == [(2, 1), (3, 1)]


async def test_they_follow_the_message_before_what_came_in_the_same_moment(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await kept(path, echo())
    outline = await kept(path, status("sent"), status("read"), at_once=True)
    assert [*outline.followers.between(1, 9)] == [(2, 1), (3, 1)]


async def test_a_status_that_comes_again_keeps_its_row(tmp_path: Path) -> None:
    outline = await kept(tmp_path / "journal.db", status("sent"), status("read"), status("read"))
    assert [*outline.followers.between(1, 9)] == [(2, 1)]


async def test_a_receipt_follows_the_one_message_that_it_names(tmp_path: Path) -> None:
    sent = messenger(sender={"id": "12"}, recipient={"id": "6"}, message={"mid": "m_1", "is_echo": True, "text": "hi"})
    one = messenger(delivery={"mids": ["m_1"], "watermark": 1700000000001})
    several = messenger(delivery={"mids": ["m_1", "m_2"], "watermark": 1700000000002})
    outline = await kept(tmp_path / "journal.db", sent, one, several)
    assert [*outline.followers.between(1, 9)] == [(2, 1)]


async def test_batches_are_counted_and_runs_apart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with JournalWriter(path) as journal:
        runs = [
            await journal.begin_run(Run(key=key, app_id="1", objects=(), targets=(), started_at=WHEN)) for key in "ab"
        ]
        for number, body in enumerate((feed_body(), batch_body("one", "two", "three"), feed_body("b"))):
            capture = make_capture(body, run_id=runs[number % 2].id, received_at=WHEN + timedelta(days=number))
            await journal.append(capture, identify=Capture.identify)
    with ListReader(path) as history:
        assert [*history.outline().batches.between(1, 9)] == [(2, 3)]
        assert [list(history.outline(run=run.id).ids) for run in runs] == [[1, 3], [2]]
        assert [list(history.outline(before=3).ids), list(history.outline(after=1).ids)] == [[1, 2], [2, 3]]
        assert [f"{number} {day:%d}" for number, day in history.days(UTC)] == ["1 20", "2 21", "3 22"]
        assert [number for number, _ in history.days(UTC, WHEN)] == [2, 3]
    downgrade(path, 4)
    with ListReader(path) as history:  # A reader does not migrate.
        assert (list(history.outline().ids), len(history.outline().batches)) == ([1, 2, 3], 0)
        assert [line.event_count for line in history.lines([2])] == [3]


async def test_a_replayed_or_imported_batch_is_counted(tmp_path: Path) -> None:
    path, batch = tmp_path / "journal.db", batch_body("one", "two", "three")
    async with JournalWriter(path) as journal:
        await journal.append(make_capture(batch), identify=Capture.identify)
        sent = make_capture(batch, replay_of=1)
        delivery = Delivery(
            capture_id=1, cause=Cause.REPLAY, target="http://localhost/", sent_at=WHEN, status=200, elapsed_ms=1.0
        )
        await journal.add_replays([(sent, delivery)])
    add_all(path, [make_capture(batch, received_at=WHEN + timedelta(days=1)), make_handshake()])
    with ListReader(path) as history:
        assert [*history.outline().batches.between(1, 9)] == [(1, 3), (2, 3), (3, 3)]


async def test_a_redelivery_is_counted_with_the_time_since_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    captures = [make_capture(received_at=WHEN + timedelta(seconds=seconds)) for seconds in (0, 38, 98)]
    await kept(path, *captures)
    with ListReader(path) as history:
        found = [(line.attempt, line.gap) for line in history.lines([1, 2, 3])]
        assert found == [(1, None), (2, timedelta(seconds=38)), (3, timedelta(seconds=60))]


async def test_a_body_that_comes_all_the_time_is_not_counted_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await kept(path, *(make_capture(received_at=WHEN + timedelta(seconds=number)) for number in range(120)))
    with ListReader(path) as history:
        found = [(line.attempt, line.gap) for line in history.lines([99, 100, 120])]
        assert found == [(number, timedelta(seconds=1)) for number in (99, 100, MOST_ATTEMPTS)]


async def test_a_day_begins_at_the_midnight_of_its_own_season(tmp_path: Path) -> None:
    times = [datetime(2026, 7, 1, 21, 59, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC)]
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for number, when in enumerate(times):
            await journal.append(make_capture(feed_body(str(number)), received_at=when))
    with time_zone(BERLIN), ListReader(tmp_path / "journal.db") as reader:
        assert reader.days(LOCAL) == [(1, date(2026, 7, 1)), (2, date(2026, 7, 2))]
