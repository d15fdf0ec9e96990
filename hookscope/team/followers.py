"""Who mirrors a log, and how far; what `hookscope relay status` shows."""

from datetime import datetime
from typing import Protocol

from hookscope.frozen import fast_frozen_dataclass
from hookscope.team.log import Grant, SharedLog


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A developer's mirror, which has all entries up to `seq`. `seen_at` is when it said so, by the engine's clock."""

    name: str
    host: str
    seq: int
    seen_at: datetime


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class LogStatus:
    """A log now: the entries that are kept, its followers, and its lease, which is None when nobody holds it."""

    first: int
    last: int
    lease: Grant | None
    followers: tuple[Follower, ...]


class FollowedLog(SharedLog, Protocol):
    """A shared log that knows its followers. The methods raise as those of SharedLog do.

    `cautions` says, once it is entered for appending, what its owner should know about the engine's settings.
    """

    cautions: tuple[str, ...]

    async def check_in(self, *, name: str, host: str, seq: int) -> None:
        """Say that the mirror of that name has all entries up to `seq`."""

    async def status(self) -> LogStatus:
        """Return what is known about the log now."""
