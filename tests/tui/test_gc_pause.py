"""Nothing is collected while a large page is made, and its objects are left out later."""

import gc
from collections.abc import Iterator

import pytest

from hookscope.tui.workers.gc_pause import gc_paused


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    gc.collect()  # Else what came before counts as well.
    yield
    gc.unfreeze()


def test_nothing_is_collected_meanwhile() -> None:
    with gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_many_objects_are_left_out_of_later_collections() -> None:
    before = gc.get_freeze_count()
    with gc_paused():
        few = [[number] for number in range(100)]
    assert gc.get_freeze_count() == before
    with gc_paused():
        many = [[number] for number in range(100_000)]
    assert gc.get_freeze_count() >= before + len(few) + len(many)


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    with gc_paused():
        pass
    assert not gc.isenabled()
    gc.enable()
