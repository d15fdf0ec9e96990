from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from hookscope.journal.outbox import Outbox
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Reply, Run
from hookscope.model.timestamps import now
from tests.support.captures import WHEN, make_capture

UNANSWERED = Reply(status=None, body=b"")


async def test_captures_are_read_up_to_the_first_that_still_waits_for_its_answer(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    async with JournalWriter(path) as journal:
        run = await journal.begin_run(Run(app_id="1", objects=("page",), targets=(), started_at=WHEN))

        async def add(**values: object) -> int:
            return (await journal.append(replace(make_capture(), run_id=run.id, **values))).id

        given_up = await add(reply=UNANSWERED, received_at=now() - timedelta(minutes=1))
        replay = await add(reply=UNANSWERED, received_at=now(), replay_of=given_up)
        answered = await add(received_at=now())
        await add(reply=UNANSWERED, received_at=now())
        await add(received_at=now())
        await journal.append(make_capture())
        with Outbox(path) as outbox:
            assert [one.id for one in outbox.answered(after=0, run_id=run.id)] == [given_up, replay, answered]
            assert [one.id for one in outbox.answered(after=given_up, run_id=run.id)] == [replay, answered]
