"""The pages of the details, as values."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict, sign
from hookscope.model.record import Cause, Delivery
from hookscope.services.captures import CaptureDetails
from hookscope.tui.render.pages.deliveries import deliveries
from hookscope.tui.render.pages.handshake import handshake
from hookscope.tui.render.pages.signature import signature
from hookscope.tui.render.pages.story import story
from hookscope.views.body import BodyLine
from hookscope.views.status import LinkState, LinkStatus
from tests.support.captures import SECRET, WHEN, batch_body, make_capture, make_handshake


def text(lines: Iterable[BodyLine]) -> str:
    return "\n".join("".join(piece for _, piece in line.pieces) for line in lines)


def test_the_story_tells_every_event_with_all_its_values() -> None:
    told = text(story(make_capture(batch_body())))
    assert "1 of 2  whatsapp_business_account.messages  text from 4670: one" in told
    assert "2 of 2  whatsapp_business_account.messages  text from 4670: two" in told
    only = text(story(make_capture(batch_body()), 2))
    assert only.startswith("2 of 2  ")
    assert "1 of 2" not in only
    one = text(story(make_capture()))
    assert one.startswith("entry       1234\ntime        ")
    assert "from.name     Tester" in one
    assert "created_time  1449135000  2015-12-03 09:30:00Z" in one


@pytest.mark.slow
def test_the_story_of_hostile_values_is_told_without_recursion() -> None:
    deep = "[" * 490 + "]" * 490
    body = b'{"object":"page","entry":[{"id":"1","changes":[{"field":"feed","value":%s}]}]}' % deep.encode()
    assert "entry" in text(story(make_capture(body)))
    many = {"field": "feed", "value": {f"k{n}": n for n in range(500)}}
    told = text(story(make_capture(wire.encode({"object": "page", "entry": [{"id": "1", "changes": [many] * 150}]}))))
    assert "the first 200 values" in told
    assert "the first 100 of 150 events" in told
    assert story(make_handshake()) == []


def test_no_signature_is_ever_told_whole() -> None:
    capture = make_capture()
    right = sign(capture.request.body, SECRET).partition("=")[2]
    invalid = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="it does not fit")
    for one in (capture, replace(capture, signature=invalid)):
        told = text(signature(one, None))
        assert right not in told
        assert "received    X-Hub-Signature-256: sha256=" in told
        assert f"the body's {len(capture.request.body)} bytes as they came" in told
    assert "reason      it does not fit" in told
    assert "computed    another one, which is shown to nobody" in told
    assert "Meta signs notifications only" in text(signature(make_handshake(), None))


def test_a_handshake_is_a_timeline_of_three_parties_without_its_token() -> None:
    arrival = make_handshake(id=1)
    link = LinkStatus(light=LinkState.OK, detail="feed, messages")
    lines = text(handshake(arrival, [arrival], [("page", link)], WHEN)).split("\n")
    steps = ["POST /{app-id}/subscriptions", "GET /hook from", "200 and the bare challenge", "registered page: feed"]
    found = [next(n for n, line in enumerate(lines) if step in line) for step in steps]
    assert found == sorted(found)
    assert "hub.verify_token: •••••••• not shown" in lines
    rejected = make_handshake(id=2, accepted=False, reason="another token")
    told = text(handshake(make_capture(id=3), [rejected], [], WHEN))
    assert "✗ 403: another token" in told
    assert "Graph's reply is known only while the run is live" in told


def test_the_post_and_its_answer_stand_at_their_times_in_the_timeline() -> None:
    page, instagram = make_handshake(id=1), make_handshake(id=2, received_at=WHEN + timedelta(seconds=2))

    def link(detail: str, seconds: float) -> LinkStatus:
        asked, answered = (WHEN + timedelta(seconds=seconds + more) for more in (-0.25, 0.25))
        return LinkStatus(
            light=LinkState.OK, detail=detail, asked_at=asked.isoformat(), answered_at=answered.isoformat()
        )

    registered = [("page", link("feed", 0)), ("instagram", link("comments", 2))]
    lines = text(handshake(instagram, [page, instagram], registered, WHEN)).split("\n")
    assert [line.split()[1] for line in lines if " → " in line] == ["hookscope", "Meta"] * 4
    told = [line for line in lines if line.startswith(("POST", "registered"))]
    post = "POST /{app-id}/subscriptions, which names the callback for"
    assert told == [f"{post} page", "registered page: feed", f"{post} instagram", "registered instagram: comments"]
    early = text(handshake(page, [page], registered, WHEN))
    assert "instagram" not in early, "it was sent after what is looked at had come"


def test_each_answer_is_compared_with_the_one_before() -> None:
    def attempt(status: int | None, answer: bytes, target: str = "http://a/") -> Delivery:
        return Delivery(
            capture_id=1, cause=Cause.FORWARD, target=target, sent_at=WHEN, status=status, elapsed_ms=1.0, answer=answer
        )

    attempts = [
        attempt(500, b"no\nway"),
        attempt(200, b"yes", "http://b/"),
        attempt(200, b"yes\nway"),
        attempt(200, b"yes\nway"),
    ]
    details = CaptureDetails(capture=make_capture(id=1), deliveries=attempts, run=None)
    told = text(deliveries(details, WHEN))
    assert "3. " in told
    assert "~ 500 before, 200 now\n- no\n+ yes\n  way" in told
    assert told.count("= the same body as before") == 1
