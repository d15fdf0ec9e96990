"""The mirrors of a log and their progress, for `hookscope relay status`."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from hookscope.team.log import Grant, SharedLog


class Follower(Struct, frozen=True, kw_only=True):
    """A developer's mirror, which has all entries up to `seq`. It reported that at `seen_at`, by the engine's clock."""

    name: str
    host: str
    seq: int
    seen_at: datetime


class LogStatus(Struct, frozen=True, kw_only=True):
    """The present state of a log: its entries, its followers, and its lease, which is None when nobody holds it.

    `state` is that of the lease; the last holder has left it.
    """

    first: int
    last: int
    lease: Grant | None
    state: bytes | None
    followers: tuple[Follower, ...]


class FollowedLog(SharedLog, Protocol):
    """A shared log that knows its followers. The methods raise as those of SharedLog do.

    `cautions` holds, once it is entered for appending, warnings for its owner about the engine's settings.
    """

    cautions: tuple[str, ...]

    async def check_in(self, *, name: str, host: str, seq: int) -> None:
        """Report that the mirror with that name has all entries up to `seq`."""

    async def status(self) -> LogStatus:
        """Return the present state of the log."""
