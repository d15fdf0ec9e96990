from datetime import timedelta

import pytest

from hookscope.outbound.replay.pacing import OriginalTiming, Rate, Unpaced
from tests.support.captures import WHEN


def came(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_unpaced_is_at_once() -> None:
    assert Unpaced().due(WHEN, 5.0) == 5.0


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_original_gaps_are_kept_divided_by_the_speed(speed: float) -> None:
    pace = OriginalTiming(speed)
    offsets = (0.0, 0.25, 0.25, 3.0)
    due = [pace.due(WHEN + came(offset), now=100.0) for offset in offsets]
    assert due == pytest.approx([100.0 + offset / speed for offset in offsets])


def test_a_late_replay_catches_up_with_the_original_pace() -> None:
    pace = OriginalTiming(1.0)
    assert pace.due(WHEN, now=0.0) == 0.0
    assert pace.due(WHEN + came(1), now=7.0) == 1.0
    assert pace.due(WHEN + came(9), now=7.1) == 9.0


def test_a_capture_earlier_than_its_predecessor_has_no_gap() -> None:
    pace = OriginalTiming(1.0)
    due = [pace.due(WHEN + came(offset), now=0.0) for offset in (5, 1, 3)]
    assert due == [0.0, 0.0, 2.0]


def test_a_rate_is_even() -> None:
    pace = Rate(10)
    due = [pace.due(WHEN, now=0.0) for _ in range(4)]
    assert due == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_rate_makes_up_for_a_late_timer_but_not_for_a_slow_application() -> None:
    pace = Rate(10)
    pace.due(WHEN, now=0.0)
    assert pace.due(WHEN, now=0.102) == pytest.approx(0.1)
    assert pace.due(WHEN, now=0.2) == pytest.approx(0.2)
    late = [pace.due(WHEN, now=5.0) for _ in range(3)]
    assert late == pytest.approx([4.995, 5.095, 5.195])


def test_no_second_holds_more_than_the_rate_allows() -> None:
    pace = Rate(50)
    clock, sent = 0.0, []
    for number in range(500):
        clock = max(clock, pace.due(WHEN, clock)) + (0.7 if number % 40 == 0 else 0.001)
        sent.append(clock)
    assert max(sum(start <= moment < start + 1 for moment in sent) for start in sent) <= 51
