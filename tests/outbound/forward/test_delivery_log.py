from pathlib import Path

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Cause, Delivery, Run
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
