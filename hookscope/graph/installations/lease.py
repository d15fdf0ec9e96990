"""A run's hold on Pages, WhatsApp accounts, and phone numbers, until everything is put back.

The order is that of `hookscope.graph.lease`: every change is in the ledger, on disk, before the account is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from hookscope import run_registry
from hookscope.errors import ForeignCallbackError, GraphError, HandshakeError, HookscopeError
from hookscope.graph.callback_prover import CallbackProver
from hookscope.graph.edge import LOOK_AGAIN_SECONDS, Wait
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.held_installation import HeldInstallation
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.plan import PlannedInstallation
from hookscope.graph.installations.planner import InstallationPlanner
from hookscope.graph.installations.restore import describe, ended
from hookscope.graph.restore_result import RestoreResult, not_put_back
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    PageInstalled,
    RunEvent,
    SubscriptionActive,
)
from hookscope.model.timestamps import now
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings


class InstallationLease:
    """Installs the app on every account asked for, and puts everything back.

    Its arguments are those of `Lease`. `prover` decides whether another override may be replaced; None replaces none.
    """

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
        self._edge = edge
        self._ledger = ledger
        self._settings = settings
        self._holder = holder
        self._publish = publish
        self._is_gone = is_gone
        self._wait = wait
        self._held: dict[Scope, HeldInstallation] = {}
        self._active: set[Scope] = set()
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

    @property
    def open_entries(self) -> tuple[InstallationEntry, ...]:
        """The entries that are not put back yet."""
        return tuple(hold.entry for hold in self._held.values())

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
                    self._held[plan.scope] = self._continue(plan.continued, plan.callback_url, kept=True)
                self._say(Level.INFO, f"{plan.scope} has the app installed with {list_fields(plan.fields)} already")
            if self._settings.standing is not None:  # Now instead of at the end, which may be a power cut.
                for hold in self._held.values():
                    hold.entry = self._ledger.keep(hold.entry)
        except HookscopeError as error:
            await self._give_up(error)
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
        if errors:
            raise next((error for error in errors if isinstance(error, HandshakeError)), errors[0])

    async def check(self) -> None:
        """Check once that each account still has what was set, and warn if not. Raises GraphError."""
        for scope in self._active & self._held.keys():
            entry, current = self._held[scope].entry, await self._edge.look(scope)
            if entry.put_back(current) == current:
                self._active.discard(scope)  # Said once.
                self._warn_lost(entry, current)

    async def release(self) -> None:
        """Put everything back, or with `keep` leave it in place. Raises RestoreError; another call retries that."""
        try:
            if self._settings.keep:
                for hold in [one for one in self._held.values() if one.entry.scope in self._active or one.entry.kept]:
                    await self._keep(hold)
        finally:  # Without a note that it is kept, it must not lose its way back.
            if failures := await self._put_all_back():
                raise not_put_back(failures)

    async def abandon(self) -> None:
        """Give up everything without further changes; await calls in flight."""
        for hold in self._held.values():
            with suppress(HookscopeError):
                await hold.settle(self._edge, self._wait)
        self._held.clear()

    def hand_over(self) -> None:
        """Leave everything in place for good; `hookscope pages unsubscribe` undoes it."""
        for scope in self._active & self._held.keys():
            self._ledger.hand_over(self._held.pop(scope).entry)

    @property
    def _verify_token(self) -> Secret:
        return Secret(self._settings.verify_token)

    async def _acquire_one(self, plan: PlannedInstallation) -> SubscribedApp:
        if await self._edge.look(plan.scope) != plan.displaced:
            raise ForeignCallbackError(
                f"{plan.scope} has changed since it was read",
                done="nothing was changed for it",
                hint="find out who works on the app, then start again",
            )
        hold = self._held[plan.scope] = self._begin(plan)
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

    async def _keep(self, hold: HeldInstallation) -> None:
        with suppress(HookscopeError):  # It stays, whatever the outcome of a call under way.
            await hold.settle(self._edge, self._wait)
        entry = hold.entry = self._ledger.keep(hold.entry)
        del self._held[entry.scope]
        why = "because of --keep" if self._settings.standing is None else "for the next relay"
        reason = f"it stays registered {why}; to put it back: {entry.teardown_command}"
        self._publish(ended(entry.scope, Ending.KEPT, reason))

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
        for seconds in (*LOOK_AGAIN_SECONDS, None):
            current = await self._edge.look(plan.scope)
            missing = current is None or not set(plan.fields if not plan.callback_url else ()) <= set(current.fields)
            if current and not missing and (not plan.callback_url or hold.entry.owns(current)):
                return current
            if seconds is not None:
                await self._wait(seconds)
        raise GraphError(
            f"the Graph API answered 'success', but {plan.scope} shows {describe(plan.scope, current)}",
            hint="check that the Page allows apps in its settings, and that the token is for this app",
        )

    def _announce(self, current: SubscribedApp, plan: PlannedInstallation) -> None:
        self._active.add(plan.scope)
        if plan.callback_url:
            self._publish(
                SubscriptionActive(
                    object=plan.scope.object, fields=plan.fields, callback_url=plan.callback_url, scope=str(plan.scope)
                )
            )
            return
        displaced = plan.displaced.fields if plan.displaced else None
        self._publish(PageInstalled(page=plan.scope.id, fields=current.fields, displaced=displaced))

    async def _give_up(self, error: HookscopeError) -> None:
        """Put back the changes made before `error`, and add that to it; raises RestoreError when that fails."""
        doubtful = [hold for hold in self._held.values() if hold.doubtful]
        # Its call may still take effect. The entry stays open, so that the next look finds out.
        standing = [hold for hold in self._held.values() if hold.inherited and not hold.doubtful]
        for hold in (*doubtful, *standing):
            del self._held[hold.entry.scope]
        returned = [f"{scope} is as it was before" for scope in self._held]
        if failures := await self._put_all_back():
            raise not_put_back(failures, because=error.message) from error
        done = [*([error.done] if error.done else []), *returned]
        done += [f"{hold.entry.scope} stays as an earlier process left it" for hold in standing]
        if doubtful:
            done.append(f"the ledger entry of {doubtful[0].entry.scope} is kept, since the call may still take effect")
            error.hint = f"{error.hint}; then {doubtful[0].entry.teardown_command}"
        error.done = "; ".join(done)

    async def _put_all_back(self) -> list[RestoreResult]:
        return [outcome for hold in list(self._held.values()) if (outcome := await self._put_one_back(hold)).failed]

    async def _put_one_back(self, hold: HeldInstallation) -> RestoreResult:
        entry = hold.entry
        outcome = await hold.put_back(self._edge, self._ledger, self._wait, self._is_gone)
        if outcome.ending is None:
            self._publish(outcome.as_notice())
            return outcome
        del self._held[entry.scope]
        if entry.scope in self._active or outcome.ending is not Ending.LEFT:
            self._publish(ended(entry.scope, outcome.ending, outcome.reason))
        return outcome

    def _warn_lost(self, entry: InstallationEntry, current: SubscribedApp | None) -> None:
        self._say(
            Level.WARNING, f"{entry.scope} no longer has what this run set: it has {describe(entry.scope, current)}"
        )

    def _say(self, level: Level, message: str) -> None:
        self._publish(Notice(level=level, message=message))
