"""A notification on its way, and the outcome of its delivery."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, count
from typing import Any

from msgspec import Struct, field

from hookscope.meta import signature
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.notification_builder import Update

_WRONG_SECRET = "not the app's secret"  # noqa: S105
_FIRST_DELAYS = (0.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


class Fault(StrEnum):
    """The fault in a notification's signature. A notification that is not Meta's is not retried."""

    WRONG_SIGNATURE = "wrong_signature"
    MISSING_SIGNATURE = "missing_signature"
    SHA1_ONLY = "sha1_only"


def signatures(body: bytes, secret: str, fault: Fault | None) -> tuple[tuple[str, str], ...]:
    """Return the signature headers of a notification, in the order in which Meta sends them, with the fault."""
    match fault:
        case None:
            return signature.sign_headers(body, secret)
        case Fault.SHA1_ONLY:
            return signature.sign_headers(body, secret)[:1]
        case Fault.MISSING_SIGNATURE:
            return ()
        case Fault.WRONG_SIGNATURE:
            return signature.sign_headers(body, _WRONG_SECRET)


class AttemptResult(StrEnum):
    """The state of a delivery."""

    SENDING = "sending"
    DELIVERED = "delivered"
    WAITING = "waiting"
    DROPPED = "dropped"


class QueuedNotification(Struct, frozen=True, kw_only=True):
    """A notification to be delivered to an app. `later` shifts the time of sending in the entries."""

    app_id: str
    object: str
    updates: tuple[Update, ...]
    fault: Fault | None = None
    is_test: bool = False
    later: timedelta = timedelta()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that its updates belong to."""
        return tuple(dict.fromkeys(update.field for update in self.updates))

    @property
    def is_repeated(self) -> bool:
        """True if Meta would retry it after a failure."""
        return self.fault in (None, Fault.SHA1_ONLY) and not self.is_test


class Attempt(Struct, frozen=True, kw_only=True):
    """One request. `status` is None when it was not answered; `error` says why."""

    at: datetime
    status: int | None = None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """True if it counts as delivered: Meta's guide asks for 200 and nothing else."""
        return self.status == 200


class SandboxDelivery(Struct, kw_only=True):
    """The record of a delivery, which grows with every attempt. `kind` is "notification", "test" or "stray"."""

    id: int
    kind: str
    app_id: str
    object: str
    fields: tuple[str, ...]
    fault: Fault | None = None
    outcome: AttemptResult = AttemptResult.SENDING
    attempts: list[Attempt] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values; times are RFC 3339 texts."""
        return {
            "id": self.id,
            "kind": self.kind,
            "app_id": self.app_id,
            "object": self.object,
            "fields": list(self.fields),
            "fault": self.fault,
            "outcome": self.outcome,
            "status": self.attempts[-1].status if self.attempts else None,
            "attempts": [
                {"at": attempt.at.isoformat(), "status": attempt.status, "error": attempt.error}
                for attempt in self.attempts
            ],
        }


def retry_delays(topic: str) -> Iterator[float]:
    """Yield the seconds to wait before each retry.

    Meta's guide says: at once, then less and less often, for 36 hours; WhatsApp's says 7 days. The steps between are
    not published; these are ours.
    """
    left = timedelta(days=7) if topic == WHATSAPP else timedelta(hours=36)
    doubled = (_FIRST_DELAYS[-1] * 2**times for times in count(1))
    for delay in chain(_FIRST_DELAYS, doubled):
        left -= timedelta(seconds=delay)
        if left < timedelta():
            return
        yield delay
