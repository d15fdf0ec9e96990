"""The order of a replay: captures repeated, shuffled, and some of them dropped on purpose."""

import random
from array import array
from collections.abc import Iterator

from msgspec import Struct

from hookscope.model.faults import Delay, Share


class ScheduledSend(Struct, frozen=True):
    """One capture's turn to be sent, after a `delay` in seconds; a dropped one is not sent."""

    capture_id: int
    delay: float = 0.0
    is_dropped: bool = False


class ScheduleOptions(Struct, frozen=True, kw_only=True):
    """The options of a schedule. The same `seed` gives the same random choices.

    `repeat` is the number of rounds through all captures, `copies` how many more times each is sent right after itself.
    """

    repeat: int = 1
    copies: int = 0
    shuffle: bool = False
    drop: Share | None = None
    delay: Delay | None = None
    seed: str = ""


class Schedule:
    """The order of sending for the captures with these ids: 8 bytes a capture, and 8 a turn when they are shuffled."""

    def __init__(self, capture_ids: "array[int]", options: ScheduleOptions) -> None:
        self._capture_ids = capture_ids
        self._options = options

    def __len__(self) -> int:
        return len(self._capture_ids) * self._options.repeat * (self._options.copies + 1)

    def __iter__(self) -> Iterator[ScheduledSend]:
        options, total = self._options, len(self)
        dropped = frozenset(self._chance("drop").sample(range(total), options.drop.of(total)) if options.drop else ())
        delays = self._chance("delay")
        for position, capture_id in enumerate(self._ordered()):
            delay = options.delay.draw(delays) if options.delay else 0.0
            yield ScheduledSend(capture_id, delay, position in dropped)

    def _ordered(self) -> Iterator[int]:
        if not self._options.shuffle:
            yield from self._straight()
            return
        capture_ids = array("q", self._straight())
        self._chance("shuffle").shuffle(capture_ids)
        yield from capture_ids

    def _straight(self) -> Iterator[int]:
        for _ in range(self._options.repeat):
            for capture_id in self._capture_ids:
                for _ in range(self._options.copies + 1):
                    yield capture_id

    def _chance(self, what: str) -> random.Random:
        """Return a random source for one decision, so that another fault does not change the hits of the others."""
        return random.Random(f"{self._options.seed}/{what}".encode("utf-8", "surrogateescape"))  # noqa: S311
