"""One object of a lease: its entry in the ledger, the POST that registers its callback, and the way back."""

from collections.abc import Iterable

from hookscope.graph.edge import Edge, Wait, find_subscription
from hookscope.graph.held_change import HeldChange
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore import restore
from hookscope.graph.restore_result import RestoreResult, doubt_of_relays
from hookscope.meta.subscription import Subscription, same_callback
from hookscope.model.run_events import SubscriptionActive
from hookscope.settings import LeaseSettings


class HeldSubscription(HeldChange[LedgerEntry, Edge]):
    """An object whose subscription a run holds.

    `standing` are the callbacks of all relays of the same log so far, None for a run.
    """

    def __init__(self, entry: LedgerEntry, *, inherited: bool = False, standing: Iterable[str] | None = None) -> None:
        super().__init__(entry, inherited=inherited)
        self._standing = tuple(standing or ())

    @property
    def url(self) -> str:
        """The callback that is registered or about to be."""
        return self.entry.callback_urls[-1]

    async def register(self, client: Edge, settings: LeaseSettings, wait: Wait) -> None:
        """POST the callback, and wait for the outcome. Raises HookscopeError."""
        call = client.subscribe(
            object=self.entry.object,
            callback_url=self.url,
            verify_token=settings.verify_token,
            fields=self.entry.fields,
            include_values=settings.include_values,
        )
        await self._make(call, client, wait)

    async def restore(self, edge: Edge, ledger: LedgerTable[LedgerEntry], wait: Wait) -> RestoreResult:
        """Put back what was displaced, or remove what was registered."""
        return await restore(
            self.entry, edge, ledger, after_refusal=self.refused, doubt=doubt_of_relays(self.entry), wait=wait
        )

    def as_active(self, current: Subscription) -> SubscriptionActive:
        """Return the event for the registration, with the fields and the callback of `current`."""
        return SubscriptionActive(
            object=self.entry.object,
            fields=current.fields,
            callback_url=current.callback_url,
            displaced=self.entry.displaced,
            asked_at=self.asked_at,
            answered_at=self.answered_at,
        )

    def loss(self, current: Subscription | None) -> str | None:
        """Return why our callback is not registered or does not work, or None when all is well."""
        if current is None:
            return "nothing is registered for it anymore"
        if same_callback(current.callback_url, self.url):
            return (
                None if current.active else "it is inactive: the callback failed for too long, or it was switched off"
            )
        if self.is_ours(current):
            return f"it still points to an earlier address, {current.callback_url}"
        return f"it points to {current.callback_url}, which somebody else registered"

    def is_ours(self, current: Subscription) -> bool:
        """Return whether the registration points to a callback of ours, or to that of another relay of the log."""
        urls = (*self.entry.callback_urls, *self._standing)
        return any(same_callback(current.callback_url, url) for url in urls)

    def points_here(self, current: Subscription | None) -> bool:
        """Return whether our newest callback is registered."""
        return current is not None and same_callback(current.callback_url, self.url)

    async def is_seen(self, client: Edge) -> bool:
        """Return whether the app has our newest callback registered."""
        return self.points_here(await find_subscription(client, self.entry.object))
