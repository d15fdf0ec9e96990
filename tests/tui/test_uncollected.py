"""Garbage is not searched for while a large page is made, nor in it."""

import gc
from collections.abc import Iterator

import pytest

from hookscope.tui.workers.uncollected import uncollected


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    gc.collect()  # Else what came before counts as well.
    yield
    gc.unfreeze()


def test_nothing_is_collected_meanwhile() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_many_objects_are_kept_out_of_later_searches() -> None:
    before = gc.get_freeze_count()
    with uncollected():
        few = [[number] for number in range(100)]
    assert gc.get_freeze_count() == before
    with uncollected():
        many = [[number] for number in range(100_000)]
    assert gc.get_freeze_count() >= before + len(few) + len(many)


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
    gc.enable()
