"""All measures of `python -m tests.bench`, in the order of its table."""

from collections.abc import Iterator

from tests.bench import floors
from tests.bench.measure import Measure
from tests.bench.whole import bursts, captures, footprints, histories, replays, screens, starts


def measures(history: int) -> Iterator[Measure]:
    """Yield all measures; the long history has so many captures."""
    yield Measure("one fdatasync of the journal's disk", lambda _: floors.flush())
    yield from starts.measures()
    yield from captures.measures()
    yield from bursts.measures()
    yield from replays.measures()
    yield from histories.measures(history)
    yield from footprints.measures()
    yield from screens.measures()
