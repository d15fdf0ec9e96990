import random

import pytest

from hookscope.model.faults import Delay, parse_delay


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("200ms", Delay(shortest=0.2, longest=0.2)),
        ("1.5s", Delay(shortest=1.5, longest=1.5)),
        ("100ms..2s", Delay(shortest=0.1, longest=2.0)),
        ("1m", Delay(shortest=60.0, longest=60.0)),
    ],
)
def test_a_delay_is_a_span_or_a_range(text: str, delay: Delay) -> None:
    assert parse_delay(text) == delay


@pytest.mark.parametrize("text", ["", "5", "x", "-1s", "2s..1s", "1s..", "..1s", "1h"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_delay(text)


def test_chance_stays_within_the_range() -> None:
    chance = random.Random(1)
    drawn = [parse_delay("1s..2s").draw(chance) for _ in range(100)]
    assert all(1 <= seconds <= 2 for seconds in drawn)
    assert len(set(drawn)) > 90
