"""All changes of a run: the app's subscriptions, and the installations on Pages and WhatsApp accounts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from hookscope.errors import HookscopeError, RestoreError
from hookscope.graph import restore as subscriptions
from hookscope.graph.callback_prover import CallbackProver, Probe
from hookscope.graph.change_lease import raise_worst
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import find_subscription
from hookscope.graph.installations import restore as installations
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.override_fields import choose_override_fields
from hookscope.graph.lease import Lease
from hookscope.graph.ledger import Ledger
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.plan import Plan
from hookscope.graph.restore_result import not_put_back
from hookscope.graph.teardown import teardown
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import RunEvent
from hookscope.settings import RunSettings


class RunLease:
    """The lease on the app and that on accounts, as one. Its methods raise what those of `Lease` raise.

    `holder` is the run's key; `probe` and `is_gone` are as for `Lease`. `client` leads to the app on its Graph API.
    """

    def __init__(
        self,
        client: GraphClient,
        ledger: Path,
        settings: RunSettings,
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        probe: Probe,
        is_gone: Callable[[], bool],
    ) -> None:
        self._client = client
        self._settings = settings
        self._publish = publish
        self._ledger = Ledger(ledger)
        self._installation_ledger = InstallationLedger(ledger)
        self._app = Lease(
            client,
            self._ledger,
            settings.lease,
            settings.app_topics,
            holder=holder,
            publish=publish,
            probe=probe,
            is_gone=is_gone,
        )
        self._accounts = InstallationLease(
            self._edge(client),
            self._installation_ledger,
            settings.lease,
            settings.accounts,
            holder=holder,
            publish=publish,
            prover=CallbackProver(settings.lease, probe, publish),
            is_gone=is_gone,
        )

    @property
    def holds_anything(self) -> bool:
        """True if something is not put back yet."""
        return bool(self._app.open_entries or self._accounts.open_entries)

    async def plan(self, callback_url: str) -> Plan:
        """Put back what earlier runs left, and work out the changes without making any."""
        try:
            return await self._plan(callback_url)
        except HookscopeError as error:
            error.done = error.done or "nothing was registered"
            raise

    async def acquire(self, plan: Plan) -> None:
        """Carry out a plan: the app first, without which the events of an account go nowhere."""
        await self._app.acquire(plan)
        try:
            await self._accounts.acquire(plan.installations)
        except HookscopeError as error:
            await self._app.give_up(error)
            raise

    async def move(self, callback_url: str) -> None:
        """Point everything to a new address; a failure of one lease does not keep the other from it.

        Of two errors a failed handshake is raised, after which Meta must be left alone for longer.
        """
        errors: list[HookscopeError] = []
        for lease in (self._app, self._accounts):
            try:
                await lease.move(callback_url)
            except HookscopeError as error:
                errors.append(error)
        raise_worst(errors)

    async def check(self) -> None:
        """Check once that everything is still ours."""
        await self._app.check()
        await self._accounts.check()

    async def register_lost(self) -> None:
        """Register lost subscriptions again; see `Lease.register_lost`."""
        await self._app.register_lost()

    async def release(self) -> None:
        """Put everything back, accounts first; another call retries what failed."""
        errors: list[HookscopeError] = []
        for lease in (self._accounts, self._app):
            try:
                await lease.release()
            except HookscopeError as error:
                errors.append(error)
        if errors:
            raise RestoreError(
                "; ".join(error.message for error in errors),
                done=errors[0].done,
                hint="; ".join(filter(None, (error.hint for error in errors))),
            )

    async def abandon(self) -> None:
        """Give up everything without further changes; calls in flight end first."""
        await self._accounts.abandon()
        await self._app.abandon()

    async def recover(self) -> None:
        """Put everything back from another event loop than that of the leases. Raises RestoreError."""
        accounts = teardown(
            self._installation_ledger,
            self._accounts.open_entries,
            lambda _: self._open_edge(),
            installations.restore,
            include_live=True,
        )
        objects = teardown(
            self._ledger,
            self._app.open_entries,
            lambda _: self._open_client(),
            subscriptions.restore,
            include_live=True,
        )
        outcomes = [outcome async for _, outcome in accounts] + [outcome async for _, outcome in objects]
        if failures := [outcome for outcome in outcomes if outcome.failed]:
            raise not_put_back(failures)

    async def _plan(self, callback_url: str) -> Plan:
        await self._accounts.heal()  # Also if the app's subscriptions cannot be had.
        plan = await self._app.plan(callback_url)
        fields = {change.object: change.fields for change in plan.changes}
        for topic in self._settings.topics:
            if topic not in self._settings.app_topics:
                found = await find_subscription(self._client, topic.object)
                fields[topic.object] = choose_override_fields(topic, found, self._client.app.app_id)
        return replace(plan, installations=await self._accounts.plan(callback_url, fields))

    def _open_client(self) -> GraphClient:
        return GraphClient(self._client.app, notify=self._publish)

    @asynccontextmanager
    async def _open_edge(self) -> AsyncIterator[InstallationEdge]:
        async with self._open_client() as client:
            yield self._edge(client)

    def _edge(self, client: GraphClient) -> InstallationEdge:
        nodes = GraphNodes(client.caller)
        return InstallationEdge(nodes, client.app, Tokens(nodes, client.app, self._settings.secrets))
