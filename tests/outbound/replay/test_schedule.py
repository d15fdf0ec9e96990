from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hookscope.model.faults import Delay, Share
from hookscope.outbound.replay.schedule import Schedule, ScheduledSend, ScheduleOptions


def scheduled(order: ScheduleOptions, *numbers: int) -> list[ScheduledSend]:
    return list(Schedule(array("q", numbers), order))


def ids_of(turns: list[ScheduledSend]) -> list[int]:
    return [turn.capture_id for turn in turns]


def test_everything_has_one_turn_in_the_given_order() -> None:
    assert scheduled(ScheduleOptions(), 3, 1, 2, 1) == [
        ScheduledSend(3),
        ScheduledSend(1),
        ScheduledSend(2),
        ScheduledSend(1),
    ]


def test_copies_follow_their_original_and_repeats_come_after_the_last() -> None:
    assert ids_of(scheduled(ScheduleOptions(repeat=2, copies=1), 1, 2)) == [1, 1, 2, 2, 1, 1, 2, 2]


def test_a_seed_repeats_what_chance_decided() -> None:
    order = ScheduleOptions(shuffle=True, drop=Share(share=0.3), delay=Delay(shortest=0, longest=1), seed="a")
    first = scheduled(order, *range(1, 101))
    assert first == scheduled(order, *range(1, 101))
    assert first != scheduled(
        ScheduleOptions(shuffle=True, drop=order.drop, delay=order.delay, seed="b"), *range(1, 101)
    )
    assert ids_of(first) != list(range(1, 101))


def test_one_more_fault_does_not_change_what_the_others_hit() -> None:
    drop = Share(count=5)
    alone = scheduled(ScheduleOptions(drop=drop, seed="s"), *range(1, 51))
    delayed = scheduled(ScheduleOptions(drop=drop, delay=Delay(shortest=1, longest=2), seed="s"), *range(1, 51))
    assert [turn.is_dropped for turn in alone] == [turn.is_dropped for turn in delayed]


@given(
    st.lists(st.integers(1, 50), max_size=30),
    st.integers(1, 3),
    st.integers(0, 2),
    st.booleans(),
    st.integers(0, 40),
)
def test_nothing_is_lost_and_exactly_so_many_are_dropped(
    numbers: list[int], repeat: int, copies: int, shuffle: bool, dropped: int
) -> None:
    order = ScheduleOptions(repeat=repeat, copies=copies, shuffle=shuffle, drop=Share(count=dropped), seed="x")
    turns = scheduled(order, *numbers)
    assert len(turns) == len(Schedule(array("q", numbers), order))
    assert Counter(ids_of(turns)) == Counter(numbers * repeat * (copies + 1))
    assert sum(turn.is_dropped for turn in turns) == min(dropped, len(turns))
