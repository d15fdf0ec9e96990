"""The events of a run: one class for each type of the JSON event stream, and a few that only views use."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from hookscope.meta.subscription import Subscription
from hookscope.model.record import Capture, Delivery
from hookscope.model.timestamps import now


class Level(StrEnum):
    """The severity of a notice."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Phase(StrEnum):
    """The phase of a run between its start and its end."""

    STARTING = "starting"
    LIVE = "live"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Ending(StrEnum):
    """The way in which hookscope let go of a subscription."""

    RESTORED = "restored"
    REMOVED = "removed"
    LEFT = "left"
    KEPT = "kept"


class RunEvent(Struct, frozen=True, kw_only=True):
    """An event of a run; `at` is its time."""

    at: datetime = field(default_factory=now)


class PhaseChanged(RunEvent, frozen=True, kw_only=True):
    """The run has entered a phase; `reason` says why, in words."""

    phase: Phase
    reason: str | None = None


class ReceiverListening(RunEvent, frozen=True, kw_only=True):
    """The receiver serves on `url`, usually a loopback address."""

    url: str


class TunnelUp(RunEvent, frozen=True, kw_only=True):
    """`public_url` leads to the receiver, according to the tunnel's provider."""

    provider: str
    public_url: str


class TunnelDown(RunEvent, frozen=True, kw_only=True):
    """The public URL no longer leads anywhere."""

    provider: str
    reason: str


class Probed(RunEvent, frozen=True, kw_only=True):
    """Our own verification request came back through the public URL, or did not; `diagnosis` is None when it did.

    `again` distinguishes a check of a proven path from the first one.
    """

    ok: bool
    elapsed_ms: float
    diagnosis: str | None = None
    again: bool = False


class Planned(RunEvent, frozen=True, kw_only=True):
    """A dry run would make this change; `line` describes it."""

    change: Mapping[str, Any]
    line: str


class SubscriptionActive(RunEvent, frozen=True, kw_only=True):
    """The app's subscription of `object` points to `callback_url`; `displaced` is the one before.

    With a `scope`, `waba:ID` or `phone:ID`, only that account's events go there, and the app's callback is unchanged.
    `asked_at` and `answered_at` are the times of the POST and of its answer, if any.
    """

    object: str
    fields: tuple[str, ...]
    callback_url: str
    displaced: Subscription | None = None
    scope: str | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None


class SubscriptionEnded(RunEvent, frozen=True, kw_only=True):
    """hookscope has given up the app's subscription to `object`.

    `callback_url` is registered now; if nothing is, it was registered last. It is None for an account that has no
    callback of its own again.
    """

    ending: Ending
    object: str
    callback_url: str | None
    reason: str
    scope: str | None = None


class PageInstalled(RunEvent, frozen=True, kw_only=True):
    """A Page has the app installed with `fields`; `displaced` are those from before, None for no app."""

    page: str
    fields: tuple[str, ...]
    displaced: tuple[str, ...] | None


class PageEnded(RunEvent, frozen=True, kw_only=True):
    """hookscope has given up the app's installation on a Page."""

    ending: Ending
    page: str
    reason: str


class SubscriptionSeen(RunEvent, frozen=True, kw_only=True):
    """A later look at the app's subscription: it still points here, or elsewhere. Only views use it."""

    object: str
    ours: bool
    detail: str | None = None


class TargetSeen(RunEvent, frozen=True, kw_only=True):
    """The application at `target` is reachable or not, and `waiting` notifications wait for it. Only views use it."""

    target: str
    up: bool
    waiting: int = 0


class LogSeen(RunEvent, frozen=True, kw_only=True):
    """The shared log at `log` is mirrored, unless `trouble` says why not. Only views use it."""

    log: str
    trouble: str | None = None


class Captured(RunEvent, frozen=True, kw_only=True):
    """A capture was committed and answered."""

    capture: Capture


class Delivered(RunEvent, frozen=True, kw_only=True):
    """A delivery to an application ended."""

    delivery: Delivery


class Notice(RunEvent, frozen=True, kw_only=True):
    """A message for the user; `hint` is what to type or do next."""

    level: Level
    message: str
    hint: str | None = None


class Gap(RunEvent, frozen=True, kw_only=True):
    """This subscriber was too slow for the captures from `first_id` to `last_id`; they are in the journal."""

    first_id: int
    last_id: int


class EntriesGone(RunEvent, frozen=True, kw_only=True):
    """Entries of the shared log with that UUID were deleted there before they were mirrored, both ends included."""

    log: str
    first: int
    last: int


class Stopped(RunEvent, frozen=True, kw_only=True):
    """The run is over; the last item of every feed."""

    captures: int
    notifications: int
    exit_code: int
