"""The mirror: it copies the entries of a team's shared log into this machine's journal as they come."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack

from msgspec import Struct, field

from hookscope.engine.progress_report import ProgressReport
from hookscope.errors import JournalError
from hookscope.journal.mirroring import Mirrored, MirrorReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Run
from hookscope.model.run_events import Captured, EntriesGone, Level, LogSeen, Notice, RunEvent
from hookscope.model.timestamps import now
from hookscope.settings import MirrorSettings, Missed
from hookscope.team.entry import HEAD_HEADER, SharedCapture, UnreadableEntryError, decode, stand_in
from hookscope.team.followers import FollowedLog
from hookscope.team.log import (
    LogEndedError,
    LogNotFoundError,
    LogRefusedError,
    LogReplacedError,
    LogUnavailableError,
)
from hookscope.team.position import check_past, first_position

_ASK_SECONDS = 3.0
"""Seconds after which the log is polled although it announced nothing: only that reveals a dead connection."""

_PATIENCE_SECONDS = 1.5
"""Seconds before a run announces that it waits for the log; connecting over a dead network takes longer to fail."""

_SWITCH_SECONDS = 0.0005
"""The time after which a computing thread lets another one go on, a tenth of Python's own.

While a page is read and decoded, the journal's thread commits the one before. It lets go of the interpreter's lock for
each statement; with Python's 5 ms it got that back so late that a mirror took 67 instead of 50 µs for an entry.
"""

_WAITING_HINT = "check the address, and that the database can be reached from here; ctrl+c ends the run"
_DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Mirror:
    """Mirrors a shared log; an async context manager.

    Entries from before the run are history and belong to no run; later ones are captures of the run, which forwards
    them.
    """

    def __init__(
        self,
        settings: MirrorSettings,
        *,
        run: Run,
        journal: JournalWriter,
        publish: Callable[[RunEvent], None],
        open_log: Callable[[], FollowedLog],
    ) -> None:
        self._settings = settings
        self._place = settings.address.shown.partition("://")[2]
        self._run = run
        self._journal = journal
        self._publish = publish
        self._open = open_log
        self._log: FollowedLog | None = None
        self._connection = AsyncExitStack()
        self._uuid = ""
        self._after = 0
        self._silent_up_to = 0
        """Entries up to this number are kept without being announced: the history of a new mirror may be long."""
        self._run_begins_after: int | None = None
        self._in_trouble = False
        self._report = ProgressReport(settings.name, publish=publish)
        self._former_switch = sys.getswitchinterval()

    async def __aenter__(self) -> "Mirror":
        sys.setswitchinterval(_SWITCH_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        sys.setswitchinterval(self._former_switch)
        if self._log:
            await self._report.send_last(self._log, self._after)
        await self._connection.aclose()

    @property
    def position(self) -> int:
        """The number of the last entry that was handled."""
        return self._after

    async def start(self) -> None:
        """Connect to the log for the first time, however long that takes.

        Raises LogRefusedError, and LogNotFoundError for an unknown host.
        """
        telling = asyncio.create_task(self._tell_waiting(), name="say that it waits")
        try:
            self._log = await self._reach()
        finally:
            telling.cancel()

    async def keep(self) -> None:
        """Mirror what comes, forever. Raises LogRefusedError."""
        while True:
            try:
                await self._follow(self._log or await self._reach())
            except LogUnavailableError as error:
                self._log = None
                await self._connection.aclose()
                if not isinstance(error, LogEndedError):
                    self._tell_away(error)
                self._log = await self._reach()
                self._report.begin()

    async def _reach(self) -> FollowedLog:
        """Connect and find the position at which to continue; retry for as long as it takes."""
        for delay in _delays():
            try:
                log = await self._connection.enter_async_context(self._open())
                await self._begin(log)
            except LogUnavailableError as error:
                await self._connection.aclose()
                if isinstance(error, LogNotFoundError) and not self._uuid:
                    raise
                self._tell_away(error)
                await asyncio.sleep(delay)
            else:
                self._tell_good("the log is back; mirroring goes on")
                return log
        raise AssertionError("it is tried forever")

    async def _begin(self, log: FollowedLog) -> None:
        about = log.about
        if str(about.id) != self._uuid and self._uuid:
            raise LogReplacedError
        self._uuid = str(about.id)
        with MirrorReader(self._journal.path) as journal:
            known, last = journal.mirrored_up_to(self._uuid), journal.last_mirrored(self._uuid)
        await check_past(log, last, known)
        if self._run_begins_after is None:
            self._after = await first_position(log, self._settings.history) if known is None else known
            self._run_begins_after = about.last
            self._look_back(first_time=known is None)
        elif known is not None:
            self._after = max(self._after, known)

    def _look_back(self, *, first_time: bool) -> None:
        """Decide whether entries from before this run are forwarded, and announce it."""
        last = self._run_begins_after or 0
        self._note(f"mirroring {self._place}, from @{self._after + 1} on", None)
        came = f"{last - self._after:,} came since your last run, @{self._after + 1} to @{last}"
        if last <= self._after:
            return
        if first_time:
            self._silent_up_to = last
            kept = f"the log's history is mirrored, @{self._after + 1} to @{last}; it is not sent to your app"
            self._note(kept, "see it: `a` on the screen, or hookscope ls")
        elif self._settings.missed is Missed.FORWARD:
            self._run_begins_after = self._after
            self._note(f"{came}; they are sent to your app first", None)
        else:
            hint = f"to send them: hookscope replay @{self._after + 1}..@{last}; next time: --missed forward"
            self._note(f"{came}; they are not sent to your app", hint)

    async def _follow(self, log: FollowedLog) -> None:
        page = await self._next_page(log, self._after)
        while True:
            if page.entries or page.refusal:
                page = await self._keep(page, log)
            await self._report.send_now_and_then(log, self._after)
            if not page.entries and not page.refusal:
                await log.grown(after=self._after, seconds=_ASK_SECONDS)
                page = await self._next_page(log, self._after)

    async def _next_page(self, log: FollowedLog, after: int) -> "_Page":
        """Read a page up to the first entry of a later version."""
        found = await log.read(after=after)
        page = _Page(more=found.more)
        for entry in found:
            try:
                page.entries.append(self._read(decode(entry)))
            except UnreadableEntryError as error:
                page.entries.append(self._read(stand_in(entry, error)))
                page.unreadable.append(error)
            except LogRefusedError as error:
                page.refusal = error
                break
        return page

    async def _keep(self, page: "_Page", log: FollowedLog) -> "_Page":
        """Keep a page while the next one, if any, is read. Raises LogRefusedError for an entry of a later version."""
        if not page.entries:
            assert page.refusal
            raise page.refusal
        first, last = page.entries[0].seq, page.entries[-1].seq
        self._skip_to(first)
        reading = asyncio.create_task(self._next_page(log, last), name="read on") if page.more else None
        try:
            for capture in await self._commit(page.entries):
                self._publish(Captured(capture=capture))
            self._after = last
            self._tell_unreadable(page.unreadable)
            if page.refusal:
                raise page.refusal
            return await reading if reading else _Page()
        finally:
            if reading:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    def _skip_to(self, seq: int) -> None:
        """Announce entries that were deleted from the log before they were mirrored."""
        if seq > self._after + 1:
            self._publish(EntriesGone(log=self._uuid, first=self._after + 1, last=seq - 1))
            message = f"the log no longer has @{self._after + 1} to @{seq - 1}: they were deleted before they came here"
            self._publish(Notice(level=Level.WARNING, message=message, hint="have the relay keep more: relay --retain"))

    def _tell_unreadable(self, errors: Sequence[UnreadableEntryError]) -> None:
        """Announce the entries of a page that became strays, in one notice."""
        if errors:
            others = f", nor can {len(errors) - 1:,} more" if len(errors) > 1 else ""
            message = f"{errors[0].message}{others}; its body is kept as a stray, its head in {HEAD_HEADER}"
            hint = "look at it: hookscope ls --filter kind:stray; only hookscope relay may write into the log"
            self._publish(Notice(level=Level.WARNING, message=message, hint=hint))

    def _read(self, found: SharedCapture) -> Mirrored:
        begins_after = self._run_begins_after or 0
        run_id = self._run.id if found.seq > begins_after else None
        return Mirrored(found.seq, found.plain, run_id, found.identities)

    async def _commit(self, entries: Sequence[Mirrored]) -> list[Capture]:
        """Commit entries, and return those to announce; while the journal cannot be written, wait."""
        for delay in _delays():
            try:
                kept = await self._journal.add_mirrored(self._uuid, self._place, entries, told_after=self._silent_up_to)
            except JournalError as error:
                self._tell_trouble("mirroring stopped", error.message, error.hint)
                await asyncio.sleep(delay)
            else:
                self._tell_good("mirroring goes on")
                return kept
        raise AssertionError("it is tried forever")

    async def _tell_waiting(self) -> None:
        await asyncio.sleep(_PATIENCE_SECONDS)
        self._tell_trouble("log away", f"no answer from {self._place} yet", _WAITING_HINT)

    def _tell_away(self, error: LogUnavailableError) -> None:
        self._tell_trouble("log away", error.reason, error.hint)

    def _tell_trouble(self, what: str, reason: str, hint: str | None) -> None:
        """Announce a temporary problem, once until `_tell_good`."""
        if self._in_trouble:
            return
        self._in_trouble = True
        message = f"{what} since {now().astimezone():%H:%M:%S}: {reason}"
        self._publish(LogSeen(log=self._place, trouble=message))
        after = f"; it goes on after @{self._after} by itself" if self._run_begins_after is not None else ""
        self._publish(Notice(level=Level.WARNING, message=message + after, hint=hint))

    def _tell_good(self, message: str) -> None:
        if self._in_trouble:
            self._note(message, None)
        if self._in_trouble or self._log is None:
            self._publish(LogSeen(log=self._place))
        self._in_trouble = False

    def _note(self, message: str, hint: str | None) -> None:
        self._publish(Notice(level=Level.INFO, message=message, hint=hint))


class _Page(Struct):
    """A page of entries: the errors of unreadable ones, of the next if it is refused, and whether more follow."""

    entries: list[Mirrored] = field(default_factory=list)
    unreadable: list[UnreadableEntryError] = field(default_factory=list)
    refusal: LogRefusedError | None = None
    more: bool = False


def _delays() -> Iterator[float]:
    """Yield the seconds to wait before each further attempt, forever."""
    yield from _DELAYS
    while True:
        yield _DELAYS[-1]
