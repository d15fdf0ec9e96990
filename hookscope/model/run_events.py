"""What the feed tells: one class a type of the JSON event stream, plus the phase, which only views hear of."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hookscope.frozen import fast_frozen_dataclass
from hookscope.meta.subscription import Subscription
from hookscope.model.record import Capture, Delivery
from hookscope.model.timestamps import now


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Phase(StrEnum):
    """Where a run stands between its start and its end."""

    STARTING = "starting"
    LIVE = "live"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Ending(StrEnum):
    """What became of a subscription when hookscope let go of it."""

    RESTORED = "restored"
    REMOVED = "removed"
    LEFT = "left"
    KEPT = "kept"


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """Something that happened; `at` is when."""

    at: datetime = field(default_factory=now)


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged(RunEvent):
    """The run has entered a phase; `reason` says why, for a person."""

    phase: Phase
    reason: str | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverListening(RunEvent):
    """The receiver serves on `url`, a loopback address as a rule."""

    url: str


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class TunnelUp(RunEvent):
    """`public_url` leads to the receiver, as the tunnel's provider says."""

    provider: str
    public_url: str


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class TunnelDown(RunEvent):
    """The public URL leads nowhere any more."""

    provider: str
    reason: str


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Probed(RunEvent):
    """Our own verification request came back through the public URL, or did not; `diagnosis` is None when it did.

    `again` tells a look at a path that had been proven from the first one.
    """

    ok: bool
    elapsed_ms: float
    diagnosis: str | None = None
    again: bool = False


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Planned(RunEvent):
    """A dry run would make this change; `line` says it for a person."""

    change: Mapping[str, Any]
    line: str


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionActive(RunEvent):
    """The app's subscription of `object` points to `callback_url`; `displaced` is what it was before."""

    object: str
    fields: tuple[str, ...]
    callback_url: str
    displaced: Subscription | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded(RunEvent):
    """hookscope has let go of the app's subscription of `object`; `callback_url` is what is registered now."""

    ending: Ending
    object: str
    callback_url: str | None
    reason: str


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSeen(RunEvent):
    """A later look at the app's subscription: it still points here, or says where it points now. Only views hear it."""

    object: str
    ours: bool
    detail: str | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class TargetSeen(RunEvent):
    """Whether the application at `target` can be reached, and how much is `held` for it. Only views hear it."""

    target: str
    up: bool
    held: int = 0


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Captured(RunEvent):
    """A capture was committed and answered."""

    capture: Capture


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Delivered(RunEvent):
    """A delivery to an application ended."""

    delivery: Delivery


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Notice(RunEvent):
    """Something a person should read; `hint` is what to type or do next."""

    level: Level
    message: str
    hint: str | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Gap(RunEvent):
    """This reader was too slow for the captures from `first_id` to `last_id`; they are in the journal."""

    first_id: int
    last_id: int


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(RunEvent):
    """The run is over; the last item of every feed."""

    captures: int
    notifications: int
    exit_code: int
