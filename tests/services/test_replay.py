"""Replays as any front end asks for them: a request goes in, captures and deliveries come out."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture, Cause, Run, Source
from hookscope.outbound.http.sender import Sender
from hookscope.secret_sources import Secret, SecretSources, known_app_secret
from hookscope.services.replay import ReplayRequest, Sent, prepare
from hookscope.settings import Route
from tests.support.application import Application
from tests.support.captures import SECRET, WHEN, batch_body, feed_body, make_capture


def no_answer(app_id: str) -> Secret:
    raise UsageError(f"nobody knows the secret of {app_id}", hint="name it")


async def keep(journal: Path, count: int, run: Run | None = None) -> None:
    """Put so many captures into a journal, numbered from 1, as those of a run if one is given."""
    async with JournalWriter(journal) as writer:
        begun = await writer.begin_run(run) if run else None
        for number in range(1, count + 1):
            capture = make_capture(feed_body(f"number {number}"))
            await writer.append(replace(capture, run_id=begun.id if begun else None))


def run_to(*targets: str) -> Run:
    routes = tuple(Route(target=target) for target in targets)
    return Run(key="k", app_id="1", objects=("page",), targets=targets, routes=routes, started_at=WHEN)


async def sent_by(request: ReplayRequest, journal: Path, secrets: SecretSources | None = None) -> list[Sent]:
    with prepare(request, journal, secrets=secrets or SecretSources({}), ask=no_answer) as replay:
        async with aclosing(replay.send()) as batches:
            return [one async for batch in batches for one in batch]


async def test_a_replay_is_a_capture_of_its_own_and_the_original_stays(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1)
    async with Application(status=201, answer=b"done") as app:
        [(again, delivery)] = await sent_by(ReplayRequest(ids=(1,), to=app.url), journal)
        [(third, _)] = await sent_by(ReplayRequest(ids=(again.id,), to=app.url), journal)
    assert app.received[0].body == app.received[1].body == feed_body("number 1")
    with JournalReader(journal) as history:
        original, stored = history.capture(1), history.capture(again.id)
        assert history.deliveries(1) == history.deliveries(again.id)[:1] == [delivery]
    assert original
    assert original.source is Source.LIVE
    assert stored == again
    assert (again.source, again.replay_of, again.request.target) == (Source.REPLAY, 1, "/hook")
    assert (again.reply.status, again.reply.body) == (201, b"done")
    assert (delivery.cause, delivery.capture_id, delivery.replay_id) == (Cause.REPLAY, 1, again.id)
    assert third.replay_of == 1  # a replay of a replay is one of the original


async def test_a_replay_nobody_answers_is_kept_too(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1)
    async with Application() as app:
        pass
    [(again, delivery)] = await sent_by(ReplayRequest(ids=(1,), to=app.url), journal)
    assert again.reply.status is None
    assert "refused" in (delivery.error or "")


async def test_without_an_address_it_goes_to_the_application_of_its_run(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    async with Application() as app:
        await keep(journal, 3, run_to(app.url))
        sent = await sent_by(ReplayRequest(filter="field:feed", repeat=2), journal)
    assert [capture.replay_of for capture, _ in sent] == [1, 2, 3] * 2
    assert {delivery.target for _, delivery in sent} == {app.url}


async def test_nothing_is_sent_where_one_of_them_has_no_target(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1, run_to())
    with pytest.raises(UsageError, match="the run that captured #1 had no forward target"):
        await sent_by(ReplayRequest(ids=(1,)), journal)


async def test_a_new_body_is_signed_with_the_secret_that_is_known(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1)
    request = ReplayRequest(ids=(1,), bodies={1: b"{}"}, to="http://127.0.0.1:9/")
    with pytest.raises(UsageError, match="cannot be signed again") as refused:
        await sent_by(request, journal)
    assert refused.value.hint == "name it; --no-resign keeps the old signature"
    async with Application() as app:
        secrets = SecretSources({"HOOKSCOPE_APP_SECRET": SECRET})
        await sent_by(replace(request, to=app.url), journal, secrets)
    [received] = app.received
    assert (received.body, received.header(SHA256_HEADER)) == (b"{}", sign(b"{}", SECRET))


async def test_through_connections_and_a_journal_that_are_open(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1)
    request = ReplayRequest(ids=(1,))
    async with Application() as app, JournalWriter(journal) as writer, Sender() as sender:
        request = replace(request, to=app.url)
        with prepare(request, journal, secrets=SecretSources({}), ask=no_answer) as replay:
            async with aclosing(replay.send_through(sender, writer)) as batches:
                sent = [one async for batch in batches for one in batch]
    assert [delivery.status for _, delivery in sent] == [200]


class _AfterHundred(asyncio.Event):
    """Keeps all back but the first hundred since it was cleared."""

    passed = 0

    def clear(self) -> None:
        super().clear()
        self.passed = 0

    async def wait(self) -> Literal[True]:
        self.passed += 1
        return True if self.passed <= 100 else await super().wait()


async def test_it_ends_early_when_it_is_stopped_or_no_longer_read(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 200)
    half = _AfterHundred()
    async with Application(hold=half) as app, asyncio.timeout(60):
        request = ReplayRequest(ids=(range(1, 201),), to=app.url)
        with prepare(request, journal, secrets=SecretSources({}), ask=no_answer) as replay:
            kept: list[Capture] = []
            async with aclosing(replay.send()) as batches:
                async for batch in batches:
                    kept += [capture for capture, _ in batch]
                    replay.stop()
                    half.set()
        assert 0 < len(kept) == len(app.received) <= 101
        half.clear()
        with prepare(request, journal, secrets=SecretSources({}), ask=no_answer) as replay:
            async with aclosing(replay.send()) as batches:
                assert await anext(batches)
        assert len(app.received) - len(kept) <= 101


async def test_one_event_of_a_batch_is_sent_as_a_notification_of_its_own(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    async with JournalWriter(journal) as writer:
        await writer.append(make_capture(batch_body("one", "two", "three")))
    secrets = SecretSources({"HOOKSCOPE_APP_SECRET": SECRET})
    known_app_secret(secrets)
    async with Application() as app:
        request = ReplayRequest(ids=(EventRef(1, 3), EventRef(1, 1), 1), to=app.url)
        sent = await sent_by(request, journal, secrets)
    assert [again.replay_of for again, _ in sent] == [1, 1, 1]
    assert [one.body for one in app.received] == [
        batch_body("three"),
        batch_body("one"),
        batch_body("one", "two", "three"),
    ]
    assert all(one.header(SHA256_HEADER) == sign(one.body, SECRET) for one in app.received)
    with JournalReader(journal) as history:
        assert history.outcomes([1])[1].status == 200
        assert [one.events[0].summary for one, _ in sent[:2]] == ["text from 4670: three", "text from 4670: one"]


async def test_an_event_that_does_not_exist_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, 1)
    async with Application() as app:
        with pytest.raises(UsageError, match=r"#1\.2") as refused:
            await sent_by(ReplayRequest(ids=(1, EventRef(1, 2)), to=app.url), journal)
    assert not app.received
    assert refused.value.hint
