"""The holder of an entry of the ledger: the run or the relay that has made the change."""

from collections.abc import Callable

from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.restore_result import MAY_BE_RELAYS, RestoreResult
from hookscope.model.run_events import Ending
from hookscope.settings import LeaseSettings


def is_held_by_other(
    entry: LedgerRecord, *, holder: str, settings: LeaseSettings, is_live: Callable[[str], bool]
) -> bool:
    """Return whether another holder than `holder` is live; a relay of the same log is none, as it lost the lease."""
    if entry.holder == holder or not is_live(entry.holder):
        return False
    if not entry.callback_urls:  # A Page's entry names no log; the app's own registration, looked at before, does.
        return not (settings.standing and entry.stays)
    return not settings.has_standing(entry.callback_urls[-1])


def keeper(entry: LedgerRecord) -> str:
    """Return in words who has left in place an entry that stays."""
    return "a relay" if entry.is_relays else "a run with --keep"


def doubt_before_start(entry: LedgerRecord, settings: LeaseSettings) -> str | None:
    """Return the doubt about what an earlier process left, for one that starts in its place.

    Without a takeover, somebody else's callback is refused; then nothing is gained by giving up the way back.
    """
    return MAY_BE_RELAYS if entry.stays and not settings.takeover else None


def left_to_holder(entry: LedgerRecord, is_live: Callable[[str], bool]) -> RestoreResult | None:
    """Return the outcome for an entry whose run or relay is live, or None when neither is."""
    if not is_live(entry.holder):
        return None
    reason = "the run that holds it is live and puts it back when it ends"
    if entry.stays:  # Of live holders, only a relay has such entries: it leaves them in place when it ends.
        reason = "the relay that holds it is live: stop it first, then repeat this"
    return RestoreResult(object=entry.subject, ending=Ending.KEPT, callback_url=None, reason=reason)
