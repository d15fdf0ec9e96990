import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from hookscope.model.run_events import Phase
from hookscope.tui.render import header
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.view_state import RunState, ViewState
from hookscope.views.status import LinkState, LinkStatus, Status
from tests.support.captures import WHEN

AT = WHEN.isoformat()


def good(detail: str = "") -> LinkStatus:
    return LinkStatus(light=LinkState.OK, detail=detail, at=AT)


LIVE = Status(
    app_id="1234567890",
    phase=Phase.LIVE,
    sandbox=True,
    targets=("http://localhost:3000/",),
    receiver=good("http://127.0.0.1:53211"),
    tunnel=good("ngrok"),
    probe=good("142 ms"),
    registered={"page": good("feed, messages")},
    last_event=good("page.feed"),
    forward={"http://localhost:3000/": good("200")},
)


def state(**changes: Any) -> ViewState:
    return structs.replace(ViewState(now=WHEN, status=LIVE, has_status=True), **changes)


def text(pieces: Pieces) -> str:
    return "".join(part for _, part in pieces)


@pytest.mark.parametrize("width", range(56, 200, 6))
def test_header_and_lights_keep_to_the_width(width: int) -> None:
    shown = state(attached=True)
    assert extent(header.header(shown, width)) <= width
    assert extent(header.lights(shown, width)) <= width


def test_the_lights_tell_more_where_there_is_room() -> None:
    later = state(now=WHEN + timedelta(minutes=4))
    wide, named, brief, short, shortest = (text(header.lights(later, width)) for width in (144, 106, 92, 78, 60))
    assert "✓ receiver :53211 4m │ ✓ tunnel ngrok 4m │ ✓ public path 142 ms 4m" in wide
    assert "✓ receiver 4m   ✓ tunnel 4m" in named
    assert "✓ receiver 4m  ✓ tunnel 4m  ✓ public 4m  ✓ registered 4m  ✓ event 4m" in brief
    assert "✓ recv 4m  ✓ tunnel 4m" in short
    assert "✓ recv  ✓ tunnel" in shortest
    assert "✓ event 4m" in shortest


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (160, "✓ your app 200 1,234 waiting"),
        (106, "✓ your app 1,234 waiting"),
        (92, "✓ app 1,234 waiting"),
        (58, "✓ app 1,234 wait"),
    ],
)
def test_the_number_that_waits_for_a_slow_application_is_shown_at_every_width(width: int, told: str) -> None:
    slow = {"http://localhost:3000/": structs.replace(good("200"), waiting=1234)}
    lights = header.lights(state(status=structs.replace(LIVE, forward=slow)), width)
    assert told in text(lights)
    assert extent(lights) <= width
    other = {**slow, "http://localhost:3001/": structs.replace(good("200"), waiting=1)}
    assert "1,235" in text(header.lights(state(status=structs.replace(LIVE, forward=other)), width))


def test_what_is_held_for_an_application_that_is_down_is_said() -> None:
    down = {"t": LinkStatus(light=LinkState.BAD, detail="down", at=AT, waiting=3)}
    assert "✗ app 3 held" in text(header.lights(state(status=structs.replace(LIVE, forward=down)), 58))
    assert "your app: down, 3 held" in text(header.alert(state(status=structs.replace(LIVE, forward=down)), 58))


def test_the_lights_keep_their_form_while_only_ages_change() -> None:
    states = [state(now=WHEN + timedelta(seconds=passed)) for passed in (1, 59, 60, 3599)]
    for width in range(56, 150):
        shown = {re.sub(r"\d+[sm](?= |$)", "", text(header.lights(one, width))) for one in states}
        assert len(shown) == 1, width


@pytest.mark.parametrize(
    ("seconds", "age"), [(4, "0s"), (5, "5s"), (59, "55s"), (60, "1m"), (3599, "59m"), (7200, "2h"), (90000, "1d")]
)
def test_ages_are_short(seconds: int, age: str) -> None:
    assert state(now=WHEN + timedelta(seconds=seconds)).age(AT) == age


def test_a_broken_link_is_marked_and_told() -> None:
    down = LinkStatus(light=LinkState.BAD, detail="the agent ended", at=AT)
    shown = state(status=structs.replace(LIVE, tunnel=down))
    assert "✗ tunnel" in text(header.lights(shown, 58))
    assert (Tone.BAD, "tunnel") in header.lights(shown, 138)
    assert text(header.alert(shown, 58)).startswith("✗ tunnel: the agent ended")


def test_the_worst_subscription_is_the_one_that_lights() -> None:
    lost = LinkStatus(light=LinkState.BAD, detail="points to https://other.example", at=AT)
    shown = state(status=structs.replace(LIVE, registered={"page": good("feed"), "instagram": lost}))
    assert "✗ registered: instagram: points to https://other.example" in text(header.alert(shown, 100))


def test_a_notice_goes_away_after_a_while() -> None:
    notice = {"at": AT, "level": "warning", "message": "look here", "hint": None}
    status = structs.replace(LIVE, notices=(notice,))
    assert "look here" in text(header.alert(state(status=status), 80))
    assert not header.alert(state(status=status, now=WHEN + timedelta(seconds=11)), 80)


def test_after_the_death_of_the_run_no_light_claims_anything() -> None:
    shown = state(lost=True, status=structs.replace(LIVE, sandbox=False))
    assert shown.run_state is RunState.GONE
    assert "✓" not in text(header.lights(shown, 138))
    assert "hookscope teardown" in text(header.alert(shown, 80))


def test_a_teardown_is_no_hint_where_the_sandbox_went_with_the_run() -> None:
    told = text(header.alert(state(lost=True), 80))
    assert "the run's process died" in told
    assert "teardown" not in told


@pytest.mark.parametrize(
    ("changes", "run_state"),
    [
        ({"has_status": False}, RunState.EXPECTED),
        ({}, RunState.GOING),
        ({"asked": 1}, RunState.STOPPING),
        ({"status": structs.replace(LIVE, phase=Phase.STOPPING)}, RunState.STOPPING),
        ({"lost": True}, RunState.GONE),
        ({"status": structs.replace(LIVE, phase=Phase.STOPPED, exit_code=0), "lost": True}, RunState.OVER),
    ],
)
def test_the_state_of_the_run_follows_from_what_is_known(changes: dict[str, Any], run_state: RunState) -> None:
    assert state(**changes).run_state is run_state


def test_a_first_screen_is_greeted_on_one_line() -> None:
    for width in (56, 80):
        told = header.alert(state(is_new=True), width)
        assert "first time here?  ? explains keys and marks" in text(told)
        assert extent(told) <= width
    assert header.alert(state(), 80) == []
