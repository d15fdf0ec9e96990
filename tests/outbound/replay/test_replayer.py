import asyncio
import sqlite3
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hookscope.errors import JournalError, UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.overrides import parse_assignment
from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.faults import Share
from hookscope.model.record import Capture
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.outbound.replay.mutation import Mutation
from hookscope.outbound.replay.pacing import Pace, Rate, Unpaced
from hookscope.outbound.replay.replayer import Replay, Replayer, ReplayRoute
from hookscope.outbound.replay.schedule import Schedule, ScheduleOptions
from hookscope.secret_sources import Secret
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture
from tests.support.until import until

Form = Callable[[Capture], Capture]


class Replays:
    """A replayer's attempts, and the application that it sends to."""

    def __init__(self, history: JournalReader, journal: JournalWriter, app: Application, sender: Sender) -> None:
        self.history, self.journal, self.app, self.sender = history, journal, app, sender
        self.told: list[Replay] = []
        self.stopping = GracefulStop()

    def replayer(self, connections: int = 1, pace: Pace | None = None, form: Form = lambda one: one) -> Replayer:
        return Replayer(
            history=self.history,
            journal=self.journal,
            sender=self.sender,
            route=ReplayRoute(target=lambda _: self.app.url, form=form),
            pace=pace or Unpaced(),
            connections=connections,
            stopping=self.stopping,
            on_committed=self._tell,
        )

    async def send(self, order: ScheduleOptions, *numbers: int, **options: Any) -> Replayer:
        replayer = self.replayer(**options)
        await replayer.run(Schedule(array("q", numbers), order))
        return replayer

    async def _tell(self, replays: Sequence[Replay]) -> None:
        self.told += replays


@asynccontextmanager
async def stage(folder: Path, captures: int, **options: Any) -> AsyncIterator[Replays]:
    """Set up a journal with so many captures, numbered from 1."""
    path = folder / "journal.db"
    async with Application(**options) as app, JournalWriter(path) as journal, Sender() as sender:
        for number in range(1, captures + 1):
            await journal.append(make_capture(feed_body(f"number {number}")))
        with JournalReader(path) as history:
            yield Replays(history, journal, app, sender)


def bodies(*numbers: int) -> list[bytes]:
    return [feed_body(f"number {number}") for number in numbers]


async def test_one_at_a_time_they_arrive_in_order_byte_for_byte(tmp_path: Path) -> None:
    async with stage(tmp_path, 40) as replays:
        await replays.send(ScheduleOptions(), *range(40, 0, -1))
        assert [sent.body for sent in replays.app.received] == bodies(*range(40, 0, -1))
        assert all(sent.header(SHA256_HEADER) == sign(sent.body, SECRET) for sent in replays.app.received)
        assert [delivery.capture_id for _, delivery in replays.told] == list(range(40, 0, -1))
        assert [capture.id for capture, _ in replays.told] == list(range(41, 81))
        for capture, delivery in replays.told:
            assert replays.history.capture(capture.id) == capture
            assert capture.replay_of == delivery.capture_id
            assert delivery.replay_id == capture.id


async def test_many_at_the_same_time_all_arrive_and_are_all_kept(tmp_path: Path) -> None:
    async with stage(tmp_path, 100) as replays:
        await replays.send(ScheduleOptions(repeat=10), *range(1, 101), connections=32)
        assert Counter(sent.body for sent in replays.app.received) == Counter(bodies(*range(1, 101)) * 10)
        assert Counter(capture.replay_of for capture, _ in replays.told) == Counter([*range(1, 101)] * 10)
        assert len(replays.history.ids()) == 1100


async def test_as_many_are_under_way_as_was_said(tmp_path: Path) -> None:
    async with stage(tmp_path, 20, hold=asyncio.Event()) as replays:
        sending = asyncio.create_task(replays.send(ScheduleOptions(), *range(1, 21), connections=5))
        await until(lambda: len(replays.app.received) == 5)
        assert replays.app.hold
        replays.app.hold.set()
        await sending
        assert len(replays.app.received) == 20


async def test_dropped_ones_are_not_sent(tmp_path: Path) -> None:
    async with stage(tmp_path, 10) as replays:
        replayer = await replays.send(ScheduleOptions(drop=Share(count=4), seed="x"), *range(1, 11))
        assert replayer.dropped == 4
        assert len(replays.app.received) == len(replays.told) == 6


async def test_captures_deleted_meanwhile_are_left_out(tmp_path: Path) -> None:
    async with stage(tmp_path, 3) as replays:
        await replays.send(ScheduleOptions(), 1, 99, 3)
        assert [sent.body for sent in replays.app.received] == bodies(1, 3)


async def test_a_replay_in_another_form_keeps_what_was_sent(tmp_path: Path) -> None:
    change = Mutation(assignments=(parse_assignment("value.message=hi"),))
    async with stage(tmp_path, 1) as replays:
        await replays.send(ScheduleOptions(), 1, form=lambda capture: change.apply(capture, lambda _: Secret(SECRET)))
        (kept, _), (sent,) = replays.told[0], replays.app.received
        assert sent.body == kept.request.body == feed_body("hi")
        assert sent.header(SHA256_HEADER) == sign(feed_body("hi"), SECRET)
        original = replays.history.capture(1)
        assert original
        assert original.request.body == feed_body("number 1")


async def test_stopped_in_the_middle_everything_that_was_sent_is_kept(tmp_path: Path) -> None:
    async with stage(tmp_path, 50, hold=asyncio.Event()) as replays:
        replayer = replays.replayer(connections=3)
        sending = asyncio.create_task(replayer.run(Schedule(array("q", range(1, 51)), ScheduleOptions())))
        await until(lambda: len(replays.app.received) == 3)
        replays.stopping.ask(grace=0)
        await sending
        assert [delivery.status for _, delivery in replays.told] == [None] * 3
        assert {delivery.error for _, delivery in replays.told} == {"stopped before it was answered"}
        assert len(replays.app.received) == 3
        assert len(replays.history.ids()) == 53


async def test_stopped_while_it_waits_for_its_time(tmp_path: Path) -> None:
    async with stage(tmp_path, 5) as replays:
        replayer = replays.replayer(pace=Rate(0.001))
        sending = asyncio.create_task(replayer.run(Schedule(array("q", range(1, 6)), ScheduleOptions())))
        await until(lambda: replays.told)
        replays.stopping.ask()
        await sending
        assert len(replays.told) == len(replays.app.received) == 1


async def test_an_answer_on_its_way_is_waited_for(tmp_path: Path) -> None:
    async with stage(tmp_path, 5, hold=asyncio.Event()) as replays:
        replayer = replays.replayer()
        sending = asyncio.create_task(replayer.run(Schedule(array("q", range(1, 6)), ScheduleOptions())))
        await until(lambda: replays.app.received)
        replays.stopping.ask(grace=30)
        assert replays.app.hold
        replays.app.hold.set()
        await sending
        assert [delivery.status for _, delivery in replays.told] == [200]


async def test_a_failure_in_the_middle_is_raised_after_the_sent_ones_are_stored(tmp_path: Path) -> None:
    def refuse_the_third(capture: Capture) -> Capture:
        if capture.id == 3:
            raise UsageError("not this one")
        return capture

    async with stage(tmp_path, 5) as replays:
        with pytest.raises(UsageError, match="not this one"):
            await replays.send(ScheduleOptions(), *range(1, 6), form=refuse_the_third)
        assert [delivery.capture_id for _, delivery in replays.told] == [1, 2]


async def test_a_journal_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    async with stage(tmp_path, 5) as replays:
        with sqlite3.connect(tmp_path / "journal.db") as other:
            other.execute("DROP TABLE deliveries")
        other.close()
        with pytest.raises(JournalError, match="cannot be written"):
            await replays.send(ScheduleOptions(), *range(1, 6))
