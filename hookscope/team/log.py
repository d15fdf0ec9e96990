"""The shared log: entries in one order for everybody, and a fenced lease. Engines implement this interface only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Protocol, Self
from uuid import UUID

from msgspec import Struct

from hookscope.errors import ExitCode, StoreError
from hookscope.hidden_fields import HidesFields

DEADLINE_SECONDS = 5.0
"""The maximum duration of an append. Meta waits longer for its answer, and repeats what was answered 503."""

PAGE_ENTRIES = 1024
"""The most that a reader takes at once, and commits in one transaction.

A commit writes each page of the index of identities that it has touched, and these come in no order: with 1,024 entries
instead of 256, each takes a third less time.
"""
PAGE_BYTES = 4 << 20
"""The size at which a page ends earlier."""


class LogUnavailableError(StoreError):
    """The log did not answer in time, or the connection to it broke (exit code 1).

    The outcome of the call is unknown: an append may have been kept although its answer was lost. `reason` is the
    message for a sentence that says already that the log is away.
    """

    def __init__(self, message: str, *, reason: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason or message


class LogNotFoundError(LogUnavailableError):
    """The log's host cannot be resolved: its name is misspelled, or its network is not connected (exit code 2).

    A run that has never reached the log should not wait for it.
    """

    code: ClassVar[ExitCode] = ExitCode.USAGE


class LogEndedError(LogUnavailableError):
    """The connection was ended while it was idle: no outage, but the log may be another one now (exit code 1)."""


class LogReadOnlyError(LogUnavailableError):
    """The log can only be read here and now: a replica, or a session without the right to write (exit code 1)."""


class LogRefusedError(StoreError):
    """The log's engine refuses permanently: missing rights, a version, another app, or no log at all (exit code 2)."""

    code: ClassVar[ExitCode] = ExitCode.USAGE


class LogReplacedError(LogRefusedError):
    """The log has another id than when it was opened: it was restored, and renewed by its owner (exit code 2)."""

    def __init__(self) -> None:
        super().__init__(
            "the shared log was replaced by another one",
            done="nothing of the new one was mirrored",
            hint="start the run again to mirror it",
        )


class LogRestoredError(LogRefusedError):
    """The log was restored from a backup: it lacks entries that it had, or has others in their place (exit code 2)."""

    def __init__(self, how: str) -> None:
        super().__init__(
            f"the shared log's past has changed: {how}",
            done="nothing more was mirrored, so that no two histories are mixed",
            hint="whoever restored the log gives it a new id: hookscope relay init --renew; then start this run again",
        )


def check_end(last: int, *, after: int, lags: bool = False) -> None:
    """Raise LogRestoredError for a log that ends with `last`, before an entry that was read from it.

    Raises LogUnavailableError if what is read is a copy, which may not have the entry yet.
    """
    if last < after and lags:
        raise LogUnavailableError(f"the log's replica ends with @{last} so far, before @{after}, which was mirrored")
    if last < after:
        raise LogRestoredError(f"it ends with @{last}, but @{after} was mirrored from it")


class Entry(Struct, frozen=True, kw_only=True):
    """An entry of the log. `head` describes the capture (`hookscope.team.entry`), `body` is its exact bytes.

    `seq` counts 1, 2, 3 … without gaps, in the order of the commits; it is 0 before the entry is appended.
    """

    seq: int = 0
    head: bytes
    body: bytes


class EntryPage(list[Entry]):
    """Consecutive entries of a log; `more` is False if there were none behind them when they were read.

    It may be True by mistake, but never False: a reader that goes on only if it is True misses nothing.
    """

    def __init__(self, entries: Iterable[Entry], *, more: bool) -> None:
        super().__init__(entries)
        self.more = more


class About(Struct, frozen=True, kw_only=True):
    """The description of a log when it was opened.

    `id` distinguishes it from any other log, also from itself before a restore from a backup (`relay init --renew`).
    `app_id` is None until a relay has opened it for an app. `first` is the first entry still there, `last` the last
    one; an empty log has `first == last + 1`. `lags` is True for a copy of the log, which is behind it.
    """

    id: UUID
    app_id: str | None
    version: int
    first: int
    last: int
    lags: bool = False


class Grant(HidesFields, frozen=True, kw_only=True):
    """The lease: the right to change the registration at Meta until somebody else takes it.

    `fence` grows with each holder. `until` is by the engine's clock, which may differ from this machine's: measure the
    `ttl` from before the call that returned the grant. `state` holds arbitrary bytes of the last holder.
    """

    hidden: ClassVar = ("state",)

    fence: int
    holder: str
    until: datetime
    state: bytes | None = None


class SharedLog(Protocol):
    """A log on some engine; an async context manager that connects when it is entered.

    Every method raises LogUnavailableError for temporary failures and LogRefusedError for permanent ones, never an
    engine's own error. After LogUnavailableError, the next call connects again.

    A log whose id has changed since it was opened is another log: readers get LogReplacedError instead of its entries,
    while writers go on with it. Readers also get LogEndedError when they would go on on a new connection: they must
    check first that the log is still the one that they have read.
    """

    about: About

    async def __aenter__(self) -> Self:
        """Connect, and check version, rights, and app."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""

    async def append(self, entries: Sequence[Entry]) -> int:
        """Append all entries or none, and return the number of the first; they are on disk when it returns.

        Takes at most DEADLINE_SECONDS. After LogUnavailableError the outcome is unknown: never repeat the call.
        """

    async def read(self, *, after: int, limit: int = PAGE_ENTRIES, max_bytes: int = PAGE_BYTES) -> EntryPage:
        """Return entries after `after`, ascending.

        At most `limit` of them and `max_bytes` in all, but at least one if there is any.

        Raises LogRestoredError when the log ends before `after`, LogUnavailableError when only a copy of it does.
        """

    async def grown(self, *, after: int, seconds: float) -> bool:
        """Wait until there may be entries after `after`, and return True; return False after `seconds`.

        Either result may be wrong: read afterward in both cases.
        """

    async def bounds(self) -> tuple[int, int]:
        """Return the numbers of the first entry still there and of the last; `(last + 1, last)` for an empty log."""

    async def trim(self, *, up_to: int, grant: Grant) -> int:
        """Delete the entries up to that number, and return their count; 0 when the lease is lost."""

    async def take(self, *, holder: str, ttl: float) -> Grant | None:
        """Take the lease for `ttl` seconds, or return None if somebody has it.

        `holder` must be a name unique to this process. The state of the last holder is kept.
        """

    async def renew(self, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        """Extend the lease to `ttl` seconds from now, and write `state` if given; return None when the lease is lost.

        A `ttl` of 0 releases the lease.
        """
