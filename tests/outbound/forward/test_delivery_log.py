from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Cause, Delivery, Failure, Run
from hookscope.model.run_events import Delivered, Notice
from hookscope.model.timestamps import now
from hookscope.outbound.forward.delivery_log import RunLog
from tests.support.captures import make_capture

TARGET = "http://localhost:3000/"


async def test_deliveries_that_cannot_be_stored_are_published_and_reported_once(tmp_path: Path) -> None:
    path, feed = tmp_path / "journal.db", Feed()
    async with JournalWriter(path) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(TARGET,), routes=(), started_at=now()),
        )
        log = RunLog(run, journal=journal, publish=feed.publish)
        delivery = Delivery(
            capture_id=(await journal.append(make_capture(run_id=run.id))).id,
            cause=Cause.FORWARD,
            target=TARGET,
            sent_at=now(),
            status=200,
            elapsed_ms=1.0,
        )
        with feed.subscribe() as items:
            aside = path.rename(tmp_path / "aside")
            for _ in range(3):
                await log.add([delivery])
            aside.rename(path)
            await log.add([delivery])
            told = await items.read()
    assert [item.delivery for item in told[1:] if isinstance(item, Delivered)] == [delivery] * 4
    assert isinstance(told[0], Notice)
    assert "may be repeated by the next run" in told[0].message
    with JournalReader(path) as history:
        assert len(history.deliveries(delivery.capture_id)) == 1


async def test_what_a_killed_process_made_is_added_once(tmp_path: Path) -> None:
    path, feed = tmp_path / "journal.db", Feed()
    async with JournalWriter(path) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(TARGET,), routes=(), started_at=now()),
        )

        async def made(**values: Any) -> Delivery:
            capture_id = (await journal.append(make_capture(run_id=run.id))).id
            answered = Delivery(
                capture_id=capture_id, cause=Cause.FORWARD, target=TARGET, sent_at=now(), status=200, elapsed_ms=1.0
            )
            if values:
                await journal.add_deliveries(replace(answered, **values))
            return answered

        known = await made(status=500)
        lost = await made()
        held = await made(status=None, failure=Failure.UNREACHABLE)
        elsewhere = await made(target="http://localhost:4000/")
        replayed = await made(cause=Cause.REPLAY)
        log = RunLog(run, journal=journal, publish=feed.publish)
        with feed.subscribe() as items:
            await log.recover([known, lost, held, elsewhere, replayed])
            told = await items.read()
        assert [item.delivery for item in told if isinstance(item, Delivered)] == [lost, held, elsewhere, replayed]
    with JournalReader(path) as history:
        assert [one.status for one in history.deliveries(known.capture_id)] == [500]
        assert [one.status for one in history.deliveries(held.capture_id)] == [None, 200]
        assert [one.status for one in history.deliveries(lost.capture_id)] == [200]
