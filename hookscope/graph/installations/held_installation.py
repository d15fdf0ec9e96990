"""One account of a lease: its entry in the ledger, the call that changes it, and the way back."""

from hookscope.graph.edge import Wait
from hookscope.graph.held_change import HeldChange
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.restore import restore
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, doubt_of_relays
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback
from hookscope.scope import ScopeKind
from hookscope.secret_sources import Secret


class HeldInstallation(HeldChange[InstallationEntry, InstallationEdge]):
    """An account whose installation of the app a run holds."""

    async def set(self, edge: InstallationEdge, wanted: SubscribedApp, verify_token: Secret, wait: Wait) -> None:
        """Have the app installed as `wanted` says, and wait for the outcome. Raises HookscopeError."""
        await self._make(edge.set(self.entry.scope, wanted, verify_token), edge, wait)

    async def restore(
        self, edge: InstallationEdge, ledger: LedgerTable[InstallationEntry], wait: Wait
    ) -> RestoreResult:
        """Put back what the account had."""
        return await restore(
            self.entry, edge, ledger, after_refusal=self.refused, doubt=doubt_of_relays(self.entry), wait=wait
        )

    async def is_seen(self, edge: InstallationEdge) -> bool:
        """Return whether the account has what was set last."""
        current = await edge.look(self.entry.scope)
        if current is None:
            return False
        if self.entry.scope.kind is ScopeKind.PAGE:
            return {*self.entry.fields} <= {*current.fields}
        return same_callback(current.override_url or "", self.entry.callback_urls[-1])
