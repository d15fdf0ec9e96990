"""Requests of our own are told from everybody else's."""

from pathlib import Path

from msgspec.structs import replace

from hookscope.model.record import Handshake, Kind, Reply, Source
from hookscope.receiver.expected_requests import ExpectedProbes, ExpectedTriggers
from hookscope.receiver.policy import Decision
from hookscope.secret_sources import Secret
from hookscope.services.trigger import deliver_to_self
from tests.receiver.test_server import PATH, open_door
from tests.support.captures import SECRET, feed_body, make_capture, signed

HEADER = "X-Hookscope-Trigger"


async def test_an_announced_request_is_stored_as_triggered_and_as_meta_would_have_sent_it(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        body = feed_body("Schöne Grüße")
        delivery = await deliver_to_self(body, receiver=door.receiver, path=PATH, secret=Secret(SECRET))
        (capture,) = door.captures()
    assert (delivery.status, delivery.capture_id, delivery.cause) == (200, capture.id, "trigger")
    assert (capture.source, capture.signature.verdict) == (Source.TRIGGER, "valid")
    assert [name.decode() for name, _ in capture.request.headers] == [
        "Host",
        "User-Agent",
        "Accept",
        "Content-Type",
        "Content-Length",
        "X-Hub-Signature",
        "X-Hub-Signature-256",
    ]
    assert (capture.request.body, capture.request.target) == (body, PATH)


async def test_nobody_else_is_taken_for_us(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        body = feed_body()
        with door.receiver.expect_trigger() as trigger:
            await door.post(body, {**signed(body), HEADER: "0" * 32})
            await door.post(body, signed(body))
        await door.post(body, {**signed(body), HEADER: trigger.number.decode()})
        captures = door.captures()
    assert {capture.source for capture in captures} == {Source.LIVE}
    assert trigger.capture is None
    assert [any(name == HEADER.encode() for name, _ in capture.request.headers) for capture in captures] == [
        True,
        False,
        True,
    ]


def test_an_announcement_counts_once_and_alone() -> None:
    announced = ExpectedTriggers()
    plain = make_capture().request
    with announced.expect() as first, announced.expect() as second:
        both = replace(plain, headers=(*plain.headers, first.header, second.header))
        assert announced.claim(both) == (both, None)
        ours = replace(plain, headers=(*plain.headers, first.header))
        assert announced.claim(ours) == (plain, first)
        assert announced.claim(ours) == (ours, None)
        assert announced.claim(plain) == (plain, None)


async def test_a_callback_that_nobody_serves_gives_a_delivery_without_a_capture(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        receiver = door.receiver
    delivery = await deliver_to_self(b"{}", receiver=receiver, path=PATH, secret=Secret(SECRET))
    assert (delivery.status, delivery.capture_id) == (None, 0)


def test_a_probe_is_ours_while_it_is_expected_and_only_with_its_challenge() -> None:
    probes = ExpectedProbes()
    accepted = Decision(kind=Kind.HANDSHAKE, reply=Reply(status=200), handshake=Handshake(accepted=True, reason=None))
    refused = replace(accepted, handshake=Handshake(accepted=False, reason="a different one"))
    ours = replace(make_capture().request, method="GET", target=f"{PATH}?hub.challenge=7")
    with probes.expect("7") as arrived:
        assert not probes.claim(replace(ours, target=f"{PATH}?hub.challenge=8"), accepted)
        assert not probes.claim(ours, refused)
        assert not arrived()
        assert probes.claim(ours, accepted)
        assert arrived()
    assert not probes.claim(ours, accepted)
