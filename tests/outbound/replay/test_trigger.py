"""Notifications that nobody captured."""

from pathlib import Path

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import SHA256_HEADER, judge, sign
from hookscope.model.record import Source
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.outbound.replay.trigger import trigger
from hookscope.secret_sources import Secret
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body


async def test_it_is_signed_as_meta_signs_and_kept_with_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    body = feed_body("Schöne Grüße 🙂")
    async with Application(status=201, answer=b"done") as app, JournalWriter(path) as journal, Sender() as sender:
        capture, delivery = await trigger(
            body, app.url, secret=Secret(SECRET), sender=sender, journal=journal, stopping=GracefulStop()
        )
    (sent,) = app.received
    assert (sent.method, sent.target, sent.body) == ("POST", "/hook", body)
    assert [name for name, _ in sent.headers] == [
        "Host",
        "User-Agent",
        "Accept",
        "Content-Type",
        "Content-Length",
        "X-Hub-Signature",
        "X-Hub-Signature-256",
    ]
    assert sent.header(SHA256_HEADER) == sign(body, SECRET)
    assert judge(capture.request.headers, body, [SECRET]).verdict == "valid"
    with JournalReader(path) as history:
        assert history.capture(capture.id) == capture
        assert history.deliveries(capture.id) == [delivery]
    assert (capture.source, capture.signature.verdict) == (Source.TRIGGER, "valid")
    assert (capture.reply.status, capture.reply.body) == (201, b"done")
    assert (delivery.cause, delivery.capture_id, delivery.status) == ("trigger", capture.id, 201)


async def test_without_a_secret_it_goes_unsigned_and_unanswered_ones_are_kept_too(tmp_path: Path) -> None:
    async with Application() as app, JournalWriter(tmp_path / "journal.db") as journal, Sender() as sender:
        unsigned, nowhere = [
            await trigger(b"{}", url, secret=None, sender=sender, journal=journal, stopping=GracefulStop())
            for url in (app.url, "http://127.0.0.1:1/")
        ]
    assert app.received[0].header(SHA256_HEADER) is None
    assert unsigned[0].signature.verdict == "missing"
    assert nowhere[0].reply.status is nowhere[1].status is None
    assert "refused" in (nowhere[1].error or "")
