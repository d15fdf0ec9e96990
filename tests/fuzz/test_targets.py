"""Each target holds for what it starts from, and near it; coverage-guided, `python -m tests.fuzz` goes further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.support.examples import examples
from tests.support.hostile_bytes import spoilt


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_target_starts_from_holds(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@examples(200)
def test_what_is_nearly_that_holds(name: str, data: st.DataObject) -> None:
    TARGETS[name].check(data.draw(spoilt(TARGETS[name].seeds)))
