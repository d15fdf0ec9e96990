"""The shared log: entries in one order for everybody, and a fenced lease. The only thing that an engine implements."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Protocol, Self
from uuid import UUID

from hookscope.errors import ExitCode, StoreError
from hookscope.frozen import fast_frozen_dataclass

DEADLINE_SECONDS = 5.0
"""So long an append may take. Meta waits longer for its answer, and sends again what was answered 503."""

PAGE_ENTRIES = 256
PAGE_BYTES = 4 << 20


class LogUnavailableError(StoreError):
    """The log did not answer in time, or the connection to it broke (exit code 1).

    The outcome of the call is unknown: an append may have been kept though its answer was lost. `reason` is the message
    for a sentence that says already that the log is away.
    """

    def __init__(self, message: str, *, reason: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason or message


class LogRefusedError(StoreError):
    """The log's engine refuses for good: rights, a version, another app, or no log there (exit code 2)."""

    code: ClassVar[ExitCode] = ExitCode.USAGE


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is appended and read. `head` describes the capture (`hookscope.team.entry`), `body` is its exact bytes.

    `seq` counts 1, 2, 3 … without gaps, in the order of the commits; it is 0 before the entry is appended.
    """

    seq: int = 0
    head: bytes
    body: bytes


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A log, as it was when it was opened.

    `id` tells it from any other, also from itself before it was restored from a backup (`relay init --renew`).
    `app_id` is None until a relay has opened it for an app. `first` is the first entry that is kept, `last` the last
    one; an empty log has `first == last + 1`.
    """

    id: UUID
    app_id: str | None
    version: int
    first: int
    last: int


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The lease: the right to change the registration at Meta, until somebody else takes it.

    `fence` grows with each holder. `until` is by the engine's clock, which may differ from this machine's: count the
    `ttl` from before the call that returned the grant. `state` is what the last holder left, bytes of its own choice.
    """

    fence: int
    holder: str
    until: datetime
    state: bytes | None = field(default=None, repr=False)


class SharedLog(Protocol):
    """A log on some engine; an async context manager that connects when it is entered.

    Every method raises LogUnavailableError, which may pass, or LogRefusedError, which will not; never an engine's own
    error. After LogUnavailableError the next call connects anew.
    """

    about: About

    async def __aenter__(self) -> Self:
        """Connect, and check version, rights, and app."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""

    async def append(self, entries: Sequence[Entry]) -> int:
        """Append all of the entries or none, and return the number of the first; on disk when it returns.

        Takes DEADLINE_SECONDS at most. After LogUnavailableError the outcome is unknown: never repeat it.
        """

    async def read(self, *, after: int, limit: int = PAGE_ENTRIES, max_bytes: int = PAGE_BYTES) -> Sequence[Entry]:
        """Return the entries behind `after`, ascending: `limit` or `max_bytes` of them, but one if there is one."""

    async def grown(self, *, after: int, seconds: float) -> bool:
        """Wait until there may be entries behind `after`; at once if there are. False after `seconds`.

        A false alarm and a missed one are possible: read after either.
        """

    async def bounds(self) -> tuple[int, int]:
        """Return the numbers of the first entry that is kept and of the last; of an empty log `(last + 1, last)`."""

    async def trim(self, *, up_to: int, grant: Grant) -> int:
        """Delete the entries up to that number, and return how many; none when the lease is lost."""

    async def take(self, *, holder: str, ttl: float) -> Grant | None:
        """Take the lease for `ttl` seconds, unless somebody has it: then None. `holder` must be a name of this process.

        The state that the last holder wrote is kept.
        """

    async def renew(self, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        """Extend the lease to `ttl` seconds from now, and write `state` if given; None when the lease is lost.

        A `ttl` of 0 gives the lease back.
        """
