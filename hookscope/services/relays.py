"""The relays of a shared log, and what they tell about the entries of this machine's ledger."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.restore_result import RestoreResult, doubt_of_relays
from hookscope.model.run_events import Ending
from hookscope.team.address import LogAddress
from hookscope.team.opening import open_log
from hookscope.team.registration_record import RegistrationRecord

Entry = LedgerEntry | InstallationEntry
"""An entry of either part of the ledger."""

_Entry = TypeVar("_Entry", LedgerEntry, InstallationEntry)


class Relays(Struct, frozen=True, kw_only=True):
    """The relays of a log: their app, the callbacks of all so far, and the name of the one that has the lease.

    `subjects` are the objects and accounts that they have registered. Without arguments, it stands for no relays.
    """

    app_id: str | None = None
    callback_urls: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    holder: str | None = None

    def made(self, entry: LedgerRecord) -> bool:
        """Return whether one of them made this change; on a Page there is no callback that tells."""
        if entry.app_id != self.app_id:
            return False
        if not entry.callback_urls:
            return entry.stays and entry.subject in self.subjects
        return not {*entry.callback_urls}.isdisjoint(self.callback_urls)

    def may_have_replaced(self, entry: Entry) -> bool:
        """Return whether one of them made this change, and only this machine knows what was there before."""
        former = entry.displaced if isinstance(entry, LedgerEntry) else entry.displaced and entry.displaced.override_url
        return bool(former) and self.made(entry)

    def doubt(self, entry: LedgerRecord) -> str | None:
        """Return the doubt about a relay's entry, as without a log; of their own, the log knows all callbacks."""
        return None if self.made(entry) else doubt_of_relays(entry)

    def kept(self, entry: Entry) -> RestoreResult | None:
        """Return the outcome for an entry whose registration a live relay elsewhere keeps, or None when none does."""
        if not self.holder or not self.made(entry) or self.holder.endswith(f":{entry.holder}"):
            return None
        reason = f"the relay {self.holder} keeps it registered: stop it first, then repeat this"
        return RestoreResult(object=entry.subject, ending=Ending.KEPT, callback_url=None, reason=reason)

    def not_kept(self, entries: Iterable[_Entry]) -> list[_Entry]:
        """Return the entries that `kept` leaves, with all callbacks of the relays where `may_have_replaced` says so."""
        return [
            entry.adopting(self.callback_urls) if self.may_have_replaced(entry) else entry
            for entry in entries
            if not self.kept(entry)
        ]


async def relays_of(log: LogAddress) -> Relays:
    """Return the relays of a log. Raises UsageError, LogUnavailableError, and LogRefusedError."""
    async with open_log(log) as opened:
        found = await opened.status()
        record = RegistrationRecord.from_state(found.state)
        return Relays(
            app_id=opened.about.app_id,
            callback_urls=record.callback_urls,
            subjects=tuple(record.fields),
            holder=found.lease.holder if found.lease else None,
        )
