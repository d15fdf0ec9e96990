"""A capture as lists show it, without its bytes."""

from datetime import datetime, timedelta

from msgspec import Struct

from hookscope.meta.signature import SignatureVerdict
from hookscope.meta.summaries.story import Story
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Kind, Originals, Source

MOST_ATTEMPTS = 100


class StatusStep(Struct, frozen=True, kw_only=True):
    """A message's status in a capture of its own: `sent`, `delivered`, `read`, and so on."""

    capture_id: int
    state: str
    failed: bool = False
    outcome: DeliveryStatus | None = None


class CaptureSummary(Struct, frozen=True, kw_only=True):
    """A capture without its bytes, for lists: its events, and its delivery status.

    With `is_large`, the body is too large to be unpacked at once, and `events` is still empty. `attempt` counts the
    arrivals of the same event up to this one, at most MOST_ATTEMPTS, and `gap` is the time since the one before.
    `steps` are the statuses that later captures report of the message in this one. `shared_seq` is the number of the
    entry of a shared log that it was mirrored from. `marked_events` are the positions of the marked events, if not all
    of it is marked.
    """

    id: int
    run_id: int | None
    kind: Kind
    source: Source
    received_at: datetime
    method: str
    target: str
    events: tuple[Story, ...]
    signature: SignatureVerdict
    signature_reason: str | None
    handshake_accepted: bool | None
    handshake_reason: str | None
    problem: str | None
    reply_status: int | None
    reply_ms: float | None
    duplicate_of: int | None
    originals: Originals
    replay_of: int | None
    size: int
    marked: bool
    note: str | None
    outcome: DeliveryStatus | None
    shared_seq: int | None = None
    marked_events: tuple[int, ...] = ()
    is_large: bool = False
    attempt: int = 1
    gap: timedelta | None = None
    steps: tuple[StatusStep, ...] = ()

    @property
    def event(self) -> Story | None:
        """The event to show where there is room for one: the first that failed, else the first."""
        return next((event for event in self.events if event.failed), self.events[0] if self.events else None)

    def marks(self, position: int) -> bool:
        """Return whether an event is marked, by its position; with 0, whether the whole capture is."""
        return position in self.marked_events if position or self.marked_events else self.marked

    @property
    def event_count(self) -> int:
        """The number of events in the body."""
        return len(self.events)
