"""The timeline of a registration."""

from datetime import timedelta

from hookscope.model.record import Reply
from hookscope.views.handshake_timeline import handshake_timeline
from tests.support.captures import WHEN, make_handshake

URL = "https://x.example/hook"


def test_the_three_parties_speak_in_turn() -> None:
    arrived = make_handshake(
        accepted=False, reason="the verify token is a different one", reply=Reply(status=403, elapsed_ms=0.6)
    )
    lines = handshake_timeline(
        URL, began=WHEN, arrivals=[arrived], ended=WHEN + timedelta(seconds=1), reply="HTTP 400, (#2200)"
    )
    assert [line.partition("  ")[2] for line in lines] == [
        f"we → Meta: POST, which registers {URL}",
        "Meta → us: GET /hook from 203.0.113.9",
        "us → Meta: 403 after 0.6 ms: the verify token is a different one",
        "Meta → we: HTTP 400, (#2200)",
    ]
    assert not any("hub." in line for line in lines)


def test_a_request_that_never_came_has_its_line() -> None:
    lines = handshake_timeline(URL, began=WHEN, arrivals=[], ended=WHEN, reply="no answer")
    assert "x.example: nothing of it arrived here" in lines[1]


def test_a_right_answer_is_shown_with_its_time() -> None:
    arrived = make_handshake(reply=Reply(status=200, elapsed_ms=None))
    (_, _, answer, _) = handshake_timeline(URL, began=WHEN, arrivals=[arrived], ended=WHEN, reply="")
    assert answer.endswith("us → Meta: 200 with the challenge")
