"""Access to the apps that entries of the ledger name."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from hookscope.graph.client import GraphClient
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.ledger_record import LedgerRecord
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import Notice
from hookscope.secret_sources import Secret, SecretSources
from hookscope.settings import App


class AppAccess(Struct, frozen=True, kw_only=True):
    """The means to reach each app.

    `secret_of` returns the secret of an app, and raises UsageError without one; `sources` has the access tokens.
    """

    sources: SecretSources
    secret_of: Callable[[str], Secret]
    notify: Callable[[Notice], None]

    def client_for(self, entry: LedgerRecord) -> GraphClient:
        """Return a client of the entry's app. Raises UsageError."""
        return GraphClient(self._app(entry), notify=self.notify)

    @asynccontextmanager
    async def edge_for(self, entry: LedgerRecord) -> AsyncIterator[InstallationEdge]:
        """Yield the accounts of the entry's app. Raises UsageError."""
        async with self.client_for(entry) as client:
            nodes = GraphNodes(client.caller)
            yield InstallationEdge(nodes, client.app, Tokens(nodes, client.app, self.sources))

    def _app(self, entry: LedgerRecord) -> App:
        return App(
            app_id=entry.app_id,
            secret=self.secret_of(entry.app_id),
            graph_url=entry.graph_url,
            graph_version=entry.graph_version,
        )
