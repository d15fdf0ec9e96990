import gzip
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Cause
from hookscope.model.run_events import Notice
from hookscope.outbound.handshakes import HandshakeForwarder, check_handshake_answer, handshake_url
from hookscope.outbound.http.sender import Sender
from tests.support.application import Application
from tests.support.captures import make_capture, make_handshake
from tests.support.peer import Peer


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (200, b"1158201444", None),
        (200, b'"1158201444"', "JSON quotes"),
        (403, b"", "HTTP 403"),
        (200, b"<p>\x1b[31m hub.verify_token=t ok\n" + b"x" * 90, "begins with: <p>␛[31m hub.verify_"),
        (308, b"", "it redirects to http"),
    ],
)
async def test_an_applications_answer_to_a_handshake_is_judged(
    tmp_path: Path, status: int, answer: bytes, error: str | None
) -> None:
    feed = Feed()
    items = feed.subscribe()
    path = tmp_path / "journal.db"
    async with (
        Application(status=status, answer=answer, location="/login?next=t&verify_token=t") as app,
        JournalWriter(path) as journal,
        Sender() as sender,
    ):
        capture = await journal.append(make_handshake())
        forwarder = HandshakeForwarder(targets=(app.url,), journal=journal, sender=sender, publish=feed.publish)
        await forwarder.perform(capture)
    (sent,) = app.received
    assert (sent.method, sent.target) == (
        "GET",
        "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t",
    )
    notices = [item.message for item in await items.read() if isinstance(item, Notice)]
    with JournalReader(path) as history:
        (delivery,) = history.deliveries(capture.id)
    assert "verify_token" not in delivery.target
    assert "=t" not in (delivery.error or "")
    assert delivery.succeeded == (error is None)
    if error:
        assert error in notices[0]
        assert error in (delivery.error or "")
    else:
        assert notices == []


async def test_an_echo_of_a_token_whose_name_was_rewritten_on_the_way_is_not_shown(tmp_path: Path) -> None:
    request = replace(make_handshake().request, target="/hook?hub_mode=subscribe&hub_verify_token=hideme")
    capture = make_handshake(request=request)
    async with Application(status=403, answer=b"not my token: hideme") as app, Sender() as sender:
        url = handshake_url(capture, app.url)
        delivery = await sender.send(sender.prepare(capture.request, url), app.url, capture_id=1, cause=Cause.REPLAY)
    error = check_handshake_answer(capture, delivery).error or ""
    assert "not my token" in error
    assert "hideme" not in error


async def test_a_challenge_may_come_compressed_since_meta_allows_it(tmp_path: Path) -> None:
    packed = gzip.compress(b"1158201444")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    feed = Feed()
    items = feed.subscribe()
    path = tmp_path / "journal.db"
    async with Peer([[head % len(packed) + packed]]) as peer, JournalWriter(path) as journal, Sender() as sender:
        capture = await journal.append(make_handshake())
        forwarder = HandshakeForwarder(targets=(peer.url,), journal=journal, sender=sender, publish=feed.publish)
        await forwarder.perform(capture)
    assert [item.message for item in await items.read() if isinstance(item, Notice)] == []
    with JournalReader(path) as history:
        (delivery,) = history.deliveries(capture.id)
    assert (delivery.succeeded, delivery.answer) == (True, b"1158201444")


async def test_an_application_that_is_down_is_to_be_started(tmp_path: Path) -> None:
    feed = Feed()
    items = feed.subscribe()
    async with Application() as app:
        pass
    async with JournalWriter(tmp_path / "journal.db") as journal, Sender() as sender:
        capture = await journal.append(make_handshake())
        forwarder = HandshakeForwarder(targets=(app.url,), journal=journal, sender=sender, publish=feed.publish)
        await forwarder.perform(capture)
    (notice,) = [item for item in await items.read() if isinstance(item, Notice)]
    assert "connection refused" in notice.message
    assert notice.hint == f"start it; then try again: hookscope replay {capture.id}"


def test_only_accepted_handshakes_are_sent_on() -> None:
    assert HandshakeForwarder.concerns(make_handshake())
    assert not HandshakeForwarder.concerns(make_handshake(accepted=False, reason="no"))
    assert not HandshakeForwarder.concerns(make_capture())
