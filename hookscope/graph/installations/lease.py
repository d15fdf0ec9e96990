"""A run's hold on Pages, WhatsApp accounts, and phone numbers, until everything is put back.

The order is that of `hookscope.graph.lease`: every change is in the ledger, on disk, before the account is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from hookscope import run_registry
from hookscope.errors import GraphError, HookscopeError
from hookscope.graph.callback_prover import CallbackProver
from hookscope.graph.change_lease import ChangeLease, raise_worst
from hookscope.graph.edge import Wait, look_until
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.held_installation import HeldInstallation
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.plan import PlannedInstallation, check_unchanged
from hookscope.graph.installations.planner import InstallationPlanner
from hookscope.graph.installations.restore import describe
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback
from hookscope.model.run_events import Level, PageInstalled, RunEvent, SubscriptionActive
from hookscope.model.timestamps import now
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings


class InstallationLease(ChangeLease[InstallationEntry, InstallationEdge, HeldInstallation]):
    """Installs the app on every account asked for, and puts everything back.

    Its arguments are those of `Lease`. `prover` decides whether another override may be replaced; None replaces none.
    """

    _ledger: InstallationLedger

    def __init__(
        self,
        edge: InstallationEdge,
        ledger: InstallationLedger,
        settings: LeaseSettings,
        scopes: Sequence[Scope],
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        prover: CallbackProver | None = None,
        is_live: Callable[[str], bool] = run_registry.is_live,
        is_gone: Callable[[], bool] = lambda: False,
        wait: Wait = asyncio.sleep,
    ) -> None:
        super().__init__(edge, ledger, settings, holder=holder, publish=publish, is_gone=is_gone, wait=wait)
        self._planner = InstallationPlanner(
            edge,
            ledger,
            settings,
            scopes,
            holder=holder,
            publish=publish,
            prover=prover,
            is_live=is_live,
            wait=wait,
        )

    async def heal(self) -> None:
        """Put back what earlier runs left, unless it may be continued. Raises RestoreError and ForeignCallbackError."""
        await self._planner.heal()

    async def plan(self, callback_url: str, fields: Mapping[str, tuple[str, ...]]) -> tuple[PlannedInstallation, ...]:
        """Put back what earlier runs left, look at each account, and work out the changes without making any.

        `fields` are those of each object. Raises RestoreError, ForeignCallbackError, UsageError for a missing token,
        HandshakeError when an override that is to be replaced does not pass a handshake, and GraphError.
        """
        return await self._planner.plan(callback_url, fields)

    async def acquire(self, plans: Iterable[PlannedInstallation]) -> None:
        """Carry out a plan.

        On an error, puts back what was done, and raises the error or RestoreError; what an earlier process has set for
        good stays. After a cancellation, `release` puts it back.
        """
        try:
            for plan in plans:
                if plan.is_needed:
                    self._announce(await self._acquire_one(plan), plan)
                    continue
                if plan.continued:
                    self._held[str(plan.scope)] = self._continue(plan.continued, plan.callback_url, kept=True)
                self._say(Level.INFO, f"{plan.scope} has the app installed with {list_fields(plan.fields)} already")
            self._note_standing()
        except HookscopeError as error:
            await self.give_up(error)
            raise

    async def move(self, callback_url: str) -> None:
        """Point the overrides to the tunnel's new address.

        Raises the error of what could not be moved, a failed handshake first, after all accounts have had their turn;
        another call retries what is missing. Overrides that somebody else has set meanwhile are left alone.
        """
        errors: list[HookscopeError] = []
        for hold in [one for one in self._held.values() if one.entry.scope.kind is not ScopeKind.PAGE]:
            try:
                await self._move(hold, callback_url)
            except HookscopeError as error:
                errors.append(error)
        raise_worst(errors)

    async def check(self) -> None:
        """Check once that each account still has what was set, and warn if not. Raises GraphError."""
        for subject in self._active & self._held.keys():
            entry = self._held[subject].entry
            current = await self._edge.look(entry.scope)
            if entry.put_back(current) == current:
                self._active.discard(subject)  # Said once.
                self._warn_lost(entry, current)

    def hand_over(self) -> None:
        """Leave everything in place for good; `hookscope pages unsubscribe` undoes it."""
        for subject in self._active & self._held.keys():
            self._ledger.hand_over(self._held.pop(subject).entry)

    @property
    def _verify_token(self) -> Secret:
        return Secret(self._settings.verify_token)

    async def _acquire_one(self, plan: PlannedInstallation) -> SubscribedApp:
        await check_unchanged(self._edge, plan.scope, plan.displaced)
        hold = self._held[str(plan.scope)] = self._begin(plan)
        await hold.set(self._edge, plan.wanted, self._verify_token, self._wait)
        return await self._confirm(plan, hold)

    async def _move(self, hold: HeldInstallation, callback_url: str) -> None:
        with suppress(HookscopeError):  # The look finds out the outcome.
            await hold.settle(self._edge, self._wait)
        current = await self._edge.look(hold.entry.scope)
        if current is None or not hold.entry.owns(current):
            self._warn_lost(hold.entry, current)
        elif not same_callback(current.override_url or "", callback_url):
            hold.entry = self._ledger.add_url(hold.entry, callback_url)
            wanted = replace(current, override_url=callback_url)
            await hold.set(self._edge, wanted, self._verify_token, self._wait)

    def _begin(self, plan: PlannedInstallation) -> HeldInstallation:
        """Write into the ledger what is about to change."""
        if plan.continued and plan.callback_url:
            url = plan.displaced.override_url if plan.displaced else None
            # A relay that was killed could not note that it is kept.
            kept = plan.continued.kept or self._settings.has_standing(url)
            return self._continue(plan.continued, plan.callback_url, kept=kept)
        return HeldInstallation(self._ledger.begin(self._new_entry(plan)))

    def _continue(self, entry: InstallationEntry, callback_url: str | None, *, kept: bool) -> HeldInstallation:
        """Take over an entry; its address may be that of a relay on another machine, which wrote it elsewhere."""
        own = replace(entry, holder=self._holder, kept=kept, is_relays=True)
        own = own.pointing_to(callback_url) if callback_url else own
        return HeldInstallation(self._ledger.take_over(entry, own), inherited=kept)

    def _new_entry(self, plan: PlannedInstallation) -> InstallationEntry:
        """Return the ledger's entry for a change that is to be made. An override of our own is not put back."""
        app, at, displaced = self._edge.app, now(), plan.displaced
        if displaced and self._settings.has_standing(displaced.override_url):
            displaced = replace(displaced, override_url=None)
        return InstallationEntry(
            graph_url=app.graph_url,
            graph_version=app.graph_version,
            app_id=app.app_id,
            scope=plan.scope,
            callback_urls=(plan.callback_url,) if plan.callback_url else (),
            fields=plan.fields if plan.scope.kind is ScopeKind.PAGE else (),
            displaced=displaced,
            restore_verify_token=plan.restore_verify_token,
            holder=self._holder,
            is_relays=self._settings.standing is not None,
            opened_at=at,
            updated_at=at,
        )

    async def _confirm(self, plan: PlannedInstallation, hold: HeldInstallation) -> SubscribedApp:
        """Confirm the change: an account may answer 'success' and show nothing."""

        def shows(current: SubscribedApp | None) -> bool:
            if current is None:
                return False
            return hold.entry.owns(current) if plan.callback_url else {*plan.fields} <= {*current.fields}

        current = await look_until(lambda: self._edge.look(plan.scope), shows, self._wait)
        if current and shows(current):
            return current
        raise GraphError(
            f"the Graph API answered 'success', but {plan.scope} shows {describe(plan.scope, current)}",
            hint="check that the Page allows apps in its settings, and that the token is for this app",
        )

    def _announce(self, current: SubscribedApp, plan: PlannedInstallation) -> None:
        self._active.add(str(plan.scope))
        if plan.callback_url:
            self._publish(
                SubscriptionActive(
                    object=plan.scope.object, fields=plan.fields, callback_url=plan.callback_url, scope=str(plan.scope)
                )
            )
            return
        displaced = plan.displaced.fields if plan.displaced else None
        self._publish(PageInstalled(page=plan.scope.id, fields=current.fields, displaced=displaced))

    def _warn_lost(self, entry: InstallationEntry, current: SubscribedApp | None) -> None:
        self._say(
            Level.WARNING, f"{entry.scope} no longer has what this run set: it has {describe(entry.scope, current)}"
        )
