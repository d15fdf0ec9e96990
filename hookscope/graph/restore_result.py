"""The outcome of restoring an entry of the ledger."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import ForeignCallbackError, HookscopeError, RestoreError
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.model.run_events import Ending, Level, Notice

MAY_BE_RELAYS = (
    "the ledger keeps what was there before; if a relay on another machine has registered it, tear down with "
    "HOOKSCOPE_LOG set to its log, or else give it up with --forget"
)
"""The doubt about a callback in place of one that an ended process has left."""

Doubt = Callable[[LedgerRecord], str | None]
"""Returns why it is unknown whether a callback in place of an entry's is ours, or None when it is not ours."""


class RestoreResult(Struct, frozen=True, kw_only=True):
    """The outcome for an entry. `ending` is None when it is still open; then `hint` is the command to repeat.

    `callback_url` is what is registered for the object or the account now, None when that is nothing or unknown.
    `ledger_trouble` says why the ledger could not be updated and still has the entry open, such as a full disk. With
    `is_in_doubt`, another callback is registered, and the entry is open because it may be ours.
    """

    object: str
    ending: Ending | None
    callback_url: str | None
    reason: str
    hint: str | None = None
    ledger_trouble: str | None = None
    is_in_doubt: bool = False

    @property
    def failed(self) -> bool:
        """True if something of ours may still be registered, or the ledger still says so."""
        return self.ending is None or self.ledger_trouble is not None

    def as_notice(self) -> Notice:
        """Return the message for an entry that is still open."""
        return Notice(level=Level.ERROR, message=f"{self.object} could not be put back: {self.reason}", hint=self.hint)

    def as_refusal(self, what: str) -> HookscopeError:
        """Return the error of a run that cannot begin while this entry is open; `what` names it."""
        kind = ForeignCallbackError if self.is_in_doubt else RestoreError
        return kind(f"{what} could not be put back: {self.reason}", done="nothing new was registered", hint=self.hint)


def doubt_of_relays(entry: LedgerRecord) -> str | None:
    """Return the doubt about an entry that a relay has made: the next relay may have another callback."""
    return MAY_BE_RELAYS if entry.is_relays else None


def failure(entry: LedgerRecord, reason: str) -> RestoreResult:
    """Return the outcome for an entry that could not be put back."""
    return RestoreResult(
        object=entry.subject, ending=None, callback_url=None, reason=reason, hint=entry.teardown_command
    )


def failure_by(entry: LedgerRecord, error: HookscopeError) -> RestoreResult:
    """Return the outcome for an entry that could not be put back because of an error."""
    return failure(entry, error.message + (f" ({error.hint})" if error.hint else ""))


def in_doubt(entry: LedgerRecord, callback_url: str, doubt: str) -> RestoreResult:
    """Return the outcome for an entry in whose place a callback is registered that may be ours."""
    reason = f"it now points to {callback_url}, which is not known to be ours: {doubt}"
    return replace(failure(entry, reason), callback_url=callback_url, is_in_doubt=True)


async def attempt(entry: LedgerRecord, restoring: Awaitable[RestoreResult]) -> RestoreResult:
    """Return the outcome of a restore; no error may keep the other entries from being put back."""
    try:
        return await restoring
    except Exception as error:
        return failure(entry, f"unexpected failure: {type(error).__name__}: {error}")


def not_put_back(failures: Sequence[RestoreResult], because: str | None = None) -> RestoreError:
    """Return the error for failed outcomes, following the error that came before them."""
    before = f"{because}; after that, " if because else ""
    hint = "; ".join(filter(None, (outcome.hint for outcome in failures)))
    if left := [outcome for outcome in failures if outcome.ending is None]:
        what = "; ".join(f"{outcome.object}: {outcome.reason}" for outcome in left)
        return RestoreError(
            f"{before}not everything could be put back: {what}", done="the ledger entry is kept", hint=hint
        )
    return RestoreError(
        f"{before}the ledger could not be written: {failures[0].ledger_trouble}",
        done="the app is as it should be, and the ledger still has its entry",
        hint=f"when the disk has free space again: {hint}",
    )
