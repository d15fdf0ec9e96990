"""Making the payloads of notifications, out of the catalogue or out of one that was captured."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hookscope.meta.update import dashboard_test, notification
from hookscope.samples.draw import Draw, new_id
from hookscope.samples.refresh import refresh
from hookscope.samples.sample import Sample

_SEEDED_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a notification is put together: of how many updates, with their values, or as a test of the dashboard.

    A test is of one update.
    """

    batch: int = 1
    include_values: bool = True
    is_test: bool = False


class Maker:
    """Makes payloads that differ from each other, all of one account an object.

    With a `seed` they are the same again, and as many seconds apart, whenever they are made.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = Random(seed)  # noqa: S311  # nothing that is drawn is a secret
        self._seed = seed
        self._made = 0
        self._owners: dict[str, str] = {}

    def payload(self, sample: Sample, shape: Shape) -> dict[str, Any]:
        """A notification of fresh updates of a sample."""
        now = self._next_moment()
        draw = Draw(self._random, owner=self._owner_of(sample.object), now=now)
        updates = [draw.update(sample) for _ in range(shape.batch)]
        if shape.is_test:
            return dashboard_test(updates[0], sent_at=now)
        return notification(updates, sent_at=now, include_values=shape.include_values)

    def again(self, payload: Any) -> Any:
        """A captured payload as if the same had happened once more now: other ids and times, the same people."""
        return refresh(payload, self._random, self._next_moment())

    def _next_moment(self) -> datetime:
        self._made += 1
        return datetime.now(UTC) if self._seed is None else _SEEDED_EPOCH + timedelta(seconds=self._made)

    def _owner_of(self, topic: str) -> str:
        if topic not in self._owners:
            self._owners[topic] = new_id(self._random)
        return self._owners[topic]
