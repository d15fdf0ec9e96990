"""Building the payloads of notifications, from the catalog or from a captured one."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from hookscope.errors import UsageError
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.notification_builder import dashboard_test, notification
from hookscope.samples.business import Business
from hookscope.samples.placeholders import PlaceholderFiller, new_id
from hookscope.samples.refresh import refresh
from hookscope.samples.sample import Sample

_SEEDED_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Shape(Struct, frozen=True, kw_only=True):
    """The shape of a notification: the number of updates, with or without values, or a test from the dashboard.

    A test is of one update. Without `user_ids` people on WhatsApp have no business-scoped user ids, as before 2026.
    """

    batch: int = 1
    include_values: bool = True
    is_test: bool = False
    user_ids: bool = True


class PayloadBuilder:
    """Builds payloads that differ from each other, with one account per object, the same for every builder.

    With a `seed` the payloads are reproducible, as is the time between them, whenever they are built. `business` is the
    one that samples belong to.
    """

    def __init__(self, seed: int | None = None, business: Business | None = None) -> None:
        self._random = Random(seed)  # noqa: S311  # nothing that is drawn is a secret
        self._seed = seed
        self._made = 0
        self._business = business or Business()
        self._owners = {WHATSAPP: self._business.waba_id}
        if self._business.page_id:
            self._owners["page"] = self._business.page_id

    def payload(self, sample: Sample, shape: Shape) -> dict[str, Any]:
        """Return a notification of fresh updates of a sample.

        Raises UsageError for a shape that the sample cannot have.
        """
        if sample.needs_user_ids and not shape.user_ids:
            raise UsageError(
                f"{sample.name} names a person only by a user id, and cannot be sent without it",
                hint="leave out --no-user-ids, or choose another sample",
            )
        now = self._next_moment()
        owner = self._owner_of(sample.object)
        filler = PlaceholderFiller(self._random, owner=owner, now=now, business=self._business, user_ids=shape.user_ids)
        updates = [filler.update(sample) for _ in range(shape.batch)]
        if shape.is_test:
            return dashboard_test(updates[0], sent_at=now)
        return notification(updates, sent_at=now, include_values=shape.include_values)

    def again(self, payload: Any) -> Any:
        """Return a captured payload as if the same had happened again now: other ids and times, the same people."""
        return refresh(payload, self._random, self._next_moment())

    def _next_moment(self) -> datetime:
        self._made += 1
        return datetime.now(UTC) if self._seed is None else _SEEDED_EPOCH + timedelta(seconds=self._made)

    def _owner_of(self, topic: str) -> str:
        """Return the account of an object: always the same one, so that an app meets it again in the next trigger."""
        return self._owners.get(topic) or new_id(Random(topic))  # noqa: S311
