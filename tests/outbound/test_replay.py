from pathlib import Path

from hookscope.capture.history import History
from hookscope.capture.journal import Journal
from hookscope.capture.record import Cause, Source
from hookscope.outbound.replay import replay
from hookscope.outbound.sender import Sender
from tests.support.application import Application
from tests.support.captures import feed_body, make_capture


async def test_a_replay_is_a_capture_of_its_own_and_the_original_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with Application(status=201, answer=b"done") as app, Journal(path) as journal, Sender() as sender:
        original = await journal.append(make_capture())
        again, delivery = await replay(original, app.url, sender=sender, journal=journal)
        third, _ = await replay(again, app.url, sender=sender, journal=journal)
    assert app.received[0].body == app.received[1].body == feed_body()
    with History(path) as history:
        assert history.capture(1) == original
        stored = history.capture(again.id)
        assert history.deliveries(1) == [delivery]
    assert stored == again
    assert (again.source, again.replay_of, again.request.target) == (Source.REPLAY, 1, "/hook")
    assert (again.reply.status, again.reply.body) == (201, b"done")
    assert (delivery.cause, delivery.capture_id, delivery.replay_id) == (Cause.REPLAY, 1, again.id)
    assert third.replay_of == 1  # a replay of a replay is one of the original


async def test_a_replay_nobody_answers_is_kept_too(tmp_path: Path) -> None:
    app = Application()
    async with app:
        pass
    async with Journal(tmp_path / "journal.db") as journal, Sender() as sender:
        original = await journal.append(make_capture())
        again, delivery = await replay(original, app.url, sender=sender, journal=journal)
    assert again.reply.status is None
    assert "refused" in (delivery.error or "")
