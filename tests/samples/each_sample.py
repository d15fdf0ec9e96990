"""One test for all samples of an object: a test for each of them costs many times what it checks."""

from collections.abc import Callable

import pytest

from hookscope.samples.catalog import all_samples
from hookscope.samples.sample import Sample


def each_sample(check: Callable[[Sample], None]) -> Callable[[str], None]:
    """Return a test that checks the samples of an object one by one; pytest shows the sample that fails."""

    @pytest.mark.parametrize("topic", sorted({sample.object for sample in all_samples()}))
    def test(topic: str) -> None:
        for sample in all_samples():
            if sample.object == topic:
                check(sample)

    return test
