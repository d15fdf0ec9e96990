"""Triggers as any front end asks for them."""

from contextlib import aclosing
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.formats import event_stream
from hookscope.formats.importers.event_decoder import decode_delivery
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.record import Cause, Delivery, Failure, Source
from hookscope.model.run_events import Delivered
from hookscope.samples import catalog
from hookscope.samples.business import business_of
from hookscope.samples.recipe import TriggerStep
from hookscope.secret_sources import Secret
from hookscope.services.trigger import ToApplication, TriggerRequest, captured_payload, prepare, sample_body
from tests.support.application import Application
from tests.support.captures import SECRET, WHEN, make_capture


def request(count: int = 1) -> TriggerRequest:
    step = TriggerStep(sample=catalog.find("page.feed.comment"), count=count)
    return TriggerRequest(steps=[step], business=business_of({}), seed=1)


async def test_a_sample_for_an_application_is_signed_and_stored(tmp_path: Path) -> None:
    trigger = prepare(request(count=3))
    async with Application() as app:
        destination = ToApplication(target=app.url, secret=Secret(SECRET), journal=tmp_path / "journal.db")
        async with aclosing(trigger.send(destination)) as sent:
            pairs = [pair async for pair in sent]
    assert trigger.planned == len(app.received) == 3
    assert [(capture.id, delivery.capture_id) for capture, delivery in pairs] == [(1, 1), (2, 2), (3, 3)]
    assert {capture.source for capture, _ in pairs} == {Source.TRIGGER}
    assert all(one.header(SHA256_HEADER) == sign(one.body, SECRET) for one in app.received)


async def test_an_edited_body_is_sent_and_nothing_more_once_it_is_stopped(tmp_path: Path) -> None:
    trigger = prepare(request(count=3))
    async with Application() as app:
        destination = ToApplication(target=app.url, secret=None, journal=tmp_path / "journal.db")
        async with aclosing(trigger.send(destination, edit=lambda _: b'{"object":"page"}')) as sent:
            async for _ in sent:
                trigger.stop()
    assert [one.body for one in app.received] == [b'{"object":"page"}']


async def test_a_capture_can_be_made_anew_unless_it_is_no_json(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    async with JournalWriter(journal) as writer:
        await writer.append(make_capture())
        await writer.append(make_capture(b"\xff"))
    assert captured_payload(journal, 1)["object"] == "page"
    with pytest.raises(UsageError, match="#2 cannot be sent with new ids"):
        captured_payload(journal, 2)


def test_a_sample_has_the_ids_of_the_environment() -> None:
    body = wire.decode(sample_body("whatsapp.messages", {"HOOKSCOPE_WABA_ID": "77"}))
    assert body["entry"][0]["id"] == "77"
    with pytest.raises(UsageError):
        sample_body("no.such", {})


def test_a_delivery_survives_its_way_over_the_socket_with_its_time_and_its_replay() -> None:
    delivery = Delivery(
        capture_id=3,
        replay_id=9,
        cause=Cause.REPLAY,
        target="http://127.0.0.1:3000/",
        sent_at=WHEN,
        status=None,
        elapsed_ms=1.5,
        failure=Failure.UNREACHABLE,
        error="refused",
    )
    told = event_stream.event_to_json(Delivered(at=delivery.sent_at, delivery=delivery))
    assert told
    assert decode_delivery(told) == delivery
