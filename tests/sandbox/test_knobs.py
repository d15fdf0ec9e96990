"""The knobs: names and values are checked before any is turned."""

import pytest

from hookscope.sandbox.knobs import Knobs


def test_knobs_are_turned_by_name() -> None:
    knobs = Knobs()

    knobs.turn({"failing_calls": 3, "slow_post": 1, "unpermitted_fields": ["leadgen"], "trim_challenge": True})

    assert (knobs.failing_calls, knobs.slow_post, knobs.unpermitted_fields) == (3, 1.0, ("leadgen",))
    assert knobs.trim_challenge


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"failing_call": 1}, "there is no knob 'failing_call'; did you mean 'failing_calls'"),
        ({"failing_calls": "1"}, "'failing_calls' needs a value of type int"),
        ({"failing_calls": True}, "'failing_calls' needs a value of type int"),
        ({"slow_post": "soon"}, "'slow_post' needs a value from 0 to 1e"),
        ({"slow_post": -1}, "'slow_post' needs a value from 0 to 1e"),
        ({"delivery_delay": float("nan")}, "'delivery_delay' needs a value from 0 to 1e"),
        ({"disable_after": float("inf")}, "'disable_after' needs a value from 0 to 1e"),
        ({"trim_challenge": 1}, "'trim_challenge' needs a value of type bool"),
        ({"unpermitted_fields": "feed"}, "'unpermitted_fields' needs a value of type tuple"),
        ({"handshake_failure": "soon"}, "'handshake_failure' cannot be 'soon'"),
        ({"call_failure": "99"}, "'call_failure' cannot be '99'"),
    ],
)
def test_a_wrong_knob_is_refused_and_nothing_is_turned(changes: dict[str, object], message: str) -> None:
    knobs = Knobs()

    with pytest.raises(ValueError, match=message):
        knobs.turn({"usage_percent": 50, **changes})

    assert knobs == Knobs()
