from datetime import timedelta

import pytest

from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Cause, Delivery, Failure, Reply, Source
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Ending,
    Level,
    Notice,
    Phase,
    PhaseChanged,
    Probed,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
    TargetSeen,
    TunnelDown,
    TunnelUp,
)
from hookscope.views.status import LinkState, Status, advance, count
from tests.support.captures import WHEN, make_capture, make_handshake

UP = (
    ReceiverListening(url="http://127.0.0.1:1"),
    TunnelUp(provider="ngrok", public_url="https://x"),
    Probed(ok=True, elapsed_ms=43.2),
    SubscriptionActive(object="page", fields=("feed", "leadgen"), callback_url="https://x/y"),
    PhaseChanged(phase=Phase.LIVE),
)


def after(*items: RunEvent) -> Status:
    status = Status(app_id="1", targets=("t",))
    for item in items:
        status = advance(status, item)
    return status


def test_each_link_lights_up_in_turn() -> None:
    assert after().receiver.light is LinkState.WAITING
    status = after(*UP)
    assert {status.receiver.light, status.tunnel.light, status.probe.light} == {LinkState.OK}
    assert status.probe.detail == "43 ms"
    assert status.registered["page"].detail == "feed, leadgen"
    assert (status.phase, status.public_url) == (Phase.LIVE, "https://x")


def test_a_lost_tunnel_darkens_the_public_path_too() -> None:
    status = after(*UP, TunnelDown(provider="ngrok", reason="the agent ended"))
    assert (status.tunnel.light, status.probe.light) == (LinkState.BAD, LinkState.BAD)
    assert status.tunnel.detail == "the agent ended"


def test_a_registration_that_somebody_took_is_seen() -> None:
    status = after(*UP, SubscriptionSeen(object="page", ours=False, detail="now https://other"))
    assert status.registered["page"].light is LinkState.BAD
    assert status.registered["page"].detail == "now https://other"
    again = advance(status, SubscriptionSeen(object="page", ours=True))
    assert again.registered["page"].light is LinkState.OK


def test_a_registration_keeps_the_times_of_its_post() -> None:
    active = SubscriptionActive(
        object="page", fields=("feed",), callback_url="https://x/y", asked_at=WHEN, answered_at=WHEN
    )
    status = after(active, SubscriptionSeen(object="page", ours=True))
    assert Status.from_json(status.to_json()).registered["page"].asked_at == "2026-11-20T19:33:29.120+00:00"
    assert status.registered["page"].answered_at is not None


@pytest.mark.parametrize(("ending", "light"), [(Ending.KEPT, LinkState.OK), (Ending.RESTORED, LinkState.OFF)])
def test_restores_are_reported_in_order(ending: Ending, light: LinkState) -> None:
    ended = SubscriptionEnded(ending=ending, object="page", callback_url=None, reason="why")
    status = after(*UP, ended)
    assert status.registered["page"].light is light
    assert status.restored == ({"ending": ending, "object": "page", "reason": "why"},)


def test_captures_are_counted_by_what_they_are() -> None:
    captures = (
        make_handshake(id=1),
        make_capture(id=2),
        make_capture(id=3, reply=Reply(status=401)),
        make_capture(id=4, source=Source.REPLAY, replay_of=2),
    )
    status = count(after(), [Captured(capture=capture) for capture in captures])
    assert (status.captures, status.notifications, status.last_id) == (3, 2, 4)
    assert (status.last_event.light, status.last_event.detail) == (LinkState.BAD, "page.feed")


def test_a_signature_that_is_not_metas_does_not_color_the_last_event() -> None:
    invalid, missing = (Signature(verdict=verdict) for verdict in (SignatureVerdict.INVALID, SignatureVerdict.MISSING))
    refused = [
        make_capture(id=n, signature=one, reply=Reply(status=401)) for n, one in enumerate((invalid, missing), 1)
    ]
    nothing_yet = count(after(), [Captured(capture=capture) for capture in refused]).last_event
    assert (nothing_yet.light, nothing_yet.detail) == (LinkState.WAITING, "signature missing")
    good = count(after(), [Captured(capture=make_capture(id=3))])
    assert count(good, [Captured(capture=refused[0])]).last_event == good.last_event


def test_local_triggers_do_not_count_as_notifications_from_meta() -> None:
    status = count(after(), [Captured(capture=make_capture(id=1, source=Source.TRIGGER))])
    assert (status.captures, status.notifications) == (1, 1)
    assert status.last_event.light is LinkState.WAITING


def seen(up: bool, waiting: int = 0) -> RunEvent:
    return TargetSeen(target="t", up=up, waiting=waiting)


def answered(status: int) -> RunEvent:
    delivery = Delivery(capture_id=1, cause=Cause.FORWARD, target="t", sent_at=WHEN, status=status, elapsed_ms=1.0)
    return Delivered(delivery=delivery)


def unreachable() -> RunEvent:
    delivery = Delivery(
        capture_id=1,
        cause=Cause.FORWARD,
        target="t",
        sent_at=WHEN,
        status=None,
        elapsed_ms=0,
        failure=Failure.UNREACHABLE,
    )
    return Delivered(delivery=delivery)


def test_a_delivery_shows_how_the_application_is() -> None:
    delivery = Delivery(
        capture_id=1, cause=Cause.FORWARD, target="t", sent_at=WHEN, status=None, elapsed_ms=1.0, error="refused"
    )
    assert after().forward == {}
    link = after(Delivered(delivery=delivery)).forward["t"]
    assert (link.light, link.detail) == (LinkState.BAD, "refused")


@pytest.mark.parametrize(
    ("items", "light", "detail"),
    [
        ([seen(True)], LinkState.OK, "up"),
        ([seen(False)], LinkState.BAD, "down"),
        ([seen(False), seen(False, waiting=12)], LinkState.BAD, "down, 12 held"),
        ([seen(False, waiting=12), seen(True, waiting=12)], LinkState.OK, "up, 12 waiting"),
        ([seen(True), answered(500)], LinkState.BAD, "500"),
        ([seen(True), answered(500), seen(True, waiting=2)], LinkState.BAD, "500, 2 waiting"),
        ([seen(False, waiting=1), unreachable()], LinkState.BAD, "down, 1 held"),
        ([seen(True), answered(200), seen(True, waiting=0)], LinkState.OK, "200"),
    ],
)
def test_an_applications_light_tells_whether_it_is_there_and_how_it_answers(
    items: list[RunEvent], light: LinkState, detail: str
) -> None:
    link = after(*items).forward["t"]
    assert (link.light, link.described) == (light, detail)


def test_what_waits_stays_known_while_an_application_answers() -> None:
    link = after(seen(True), answered(200), seen(True, waiting=5), answered(200)).forward["t"]
    assert (link.detail, link.waiting, link.described) == ("200", 5, "200, 5 waiting")


def test_the_time_of_an_applications_link_is_that_of_its_last_news() -> None:
    def seen_at(seconds: int, *, up: bool, waiting: int) -> RunEvent:
        return TargetSeen(target="t", up=up, waiting=waiting, at=WHEN + timedelta(seconds=seconds))

    down = after(seen_at(1, up=False, waiting=1), seen_at(9, up=False, waiting=2))
    assert down.forward["t"].at == after(seen_at(1, up=False, waiting=1)).forward["t"].at
    up = after(seen_at(1, up=False, waiting=1), seen_at(9, up=True, waiting=1))
    assert up.forward["t"].at == after(seen_at(9, up=True, waiting=1)).forward["t"].at


def test_a_replay_to_another_address_is_no_news_of_the_applications_of_a_run() -> None:
    status = advance(Status(targets=("http://localhost:3000/",)), answered(500))
    assert status.forward == {}


def test_without_forwarding_the_last_address_is_the_application() -> None:
    elsewhere = Delivery(
        capture_id=1, cause=Cause.REPLAY, target="u", sent_at=WHEN, status=None, elapsed_ms=1.0, error="refused"
    )
    status = Status()
    for item in (answered(500), Delivered(delivery=elsewhere), answered(200), unreachable()):
        status = advance(status, item)
        assert len(status.forward) == 1
    assert status.forward["t"].light is LinkState.BAD


def test_only_the_last_notices_are_kept() -> None:
    status = after(*(Notice(level=Level.INFO, message=str(n)) for n in range(30)))
    assert [notice["message"] for notice in status.notices] == [str(n) for n in range(10, 30)]


def test_the_end_is_told_with_its_exit_code() -> None:
    status = after(*UP, Stopped(captures=1, notifications=1, exit_code=7))
    assert (status.phase, status.exit_code) == (Phase.STOPPED, 7)


def test_the_time_of_an_applications_last_answer_is_known_until_it_is_down() -> None:
    assert after(seen(True), answered(500)).forward["t"].elapsed_ms == 1.0
    assert after(answered(200), seen(True, waiting=2)).forward["t"].elapsed_ms == 1.0
    assert after(answered(200), seen(False)).forward["t"].elapsed_ms is None
    assert after(unreachable()).forward["t"].elapsed_ms is None
