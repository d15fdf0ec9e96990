"""The lease: a run's hold on an app's subscriptions, from the first look until everything is put back.

The order keeps the way back open at any moment: every change is in the ledger, on disk, before the app is told. Nothing
is changed before all objects have been checked.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph.callback_prover import Probe
from hookscope.graph.change_lease import ChangeLease, raise_worst
from hookscope.graph.confirmation import confirm, question
from hookscope.graph.edge import Edge, Wait, find_subscription
from hookscope.graph.held_subscription import HeldSubscription
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.plan import Plan, PlannedAction, PlannedChange, new_entry
from hookscope.graph.planner import Planner, recheck
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Level, RunEvent, SubscriptionSeen
from hookscope.settings import LeaseSettings, Topic

_LOST_HINT = "it was left alone; find out who works on the app, or use a test app of your own, then start again"
_WATCHED_HINT = "it is registered again, but not over somebody else's callback: hookscope subscriptions list"


class Lease(ChangeLease[LedgerEntry, Edge, HeldSubscription]):
    """Registers the callback for every topic, and puts everything back.

    Use it from one task at a time, except for `check`, which may run during `move`.

    `holder` is the run's key, `probe` makes a handshake with the callback that is to be replaced (see `Probe`),
    `is_live` tells whether another run is still alive, `is_gone` whether the Graph API itself has ended, as a sandbox
    may; `wait` sleeps for the seconds between two looks.
    """

    def __init__(
        self,
        client: Edge,
        ledger: Ledger,
        settings: LeaseSettings,
        topics: Sequence[Topic],
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        probe: Probe,
        is_live: Callable[[str], bool] = run_registry.is_live,
        is_gone: Callable[[], bool] = lambda: False,
        wait: Wait = asyncio.sleep,
    ) -> None:
        super().__init__(client, ledger, settings, holder=holder, publish=publish, is_gone=is_gone, wait=wait)
        self._moved: dict[str, str] = {}
        self._losses: dict[str, str | None] = {}
        self._planner = Planner(
            client,
            ledger,
            settings,
            topics,
            holder=holder,
            publish=publish,
            probe=probe,
            is_live=is_live,
            wait=wait,
        )

    async def plan(self, callback_url: str) -> Plan:
        """Put back what earlier runs left on the app, look at it, and work out the changes without making any.

        With `dry_run` nothing is put back either. Raises RestoreError when an earlier run's entry could not be put
        back, ForeignCallbackError when the object is somebody else's and may not be taken, UsageError when fields or
        the restore token are missing, HandshakeError when the callback to be replaced does not pass a handshake with
        that token, and GraphError.
        """
        return await self._planner.plan(callback_url)

    async def acquire(self, plan: Plan) -> None:
        """Carry out a plan, and publish SubscriptionActive for each object when all are confirmed.

        On an error, puts the changes back and raises the error, or RestoreError when that failed; registrations of an
        earlier process stay. After a cancellation, `release` puts them back.
        """
        try:
            for planned in plan.changes:
                change = await recheck(planned, self._edge)
                hold = self._begin(change)
                hold.registered = change.change is PlannedAction.CONTINUE
                if not hold.registered:
                    await hold.register(self._edge, self._settings, self._wait)
            self._announce(await confirm(self._held.values(), self._edge, self._wait))
            self._note_standing()
        except HookscopeError as error:
            await self.give_up(error)
            raise

    async def move(self, callback_url: str) -> None:
        """Register the new callback of a tunnel that came back elsewhere, for each object that is still ours.

        Raises the error of what could not be moved, a failed handshake first, after all objects have had their turn;
        the lease goes on, and another call retries what is missing. An object that somebody else has taken meanwhile is
        left alone, with a notice.
        """
        waiting = [hold for topic, hold in self._held.items() if self._moved.get(topic) != callback_url]
        for hold in waiting:
            hold.entry = self._ledger.add_url(hold.entry, callback_url)
        moved: list[HeldSubscription] = []
        errors: list[HookscopeError] = []
        for hold in waiting:
            try:
                if await self._move(hold):
                    moved.append(hold)
            except HookscopeError as error:
                errors.append(self._tell_astray(error, hold))
        try:
            self._announce(await confirm(moved, self._edge, self._wait))
            self._moved |= {hold.entry.object: callback_url for hold in moved}
        except HookscopeError as error:
            errors.append(self._tell_astray(error, *moved))
        raise_worst(errors)

    async def check(self) -> None:
        """Look once whether each subscription is still ours, and publish SubscriptionSeen. Raises GraphError.

        A notice reports what was lost since the last look.
        """
        seen = {current.object: current for current in await self._edge.subscriptions()}
        for topic, hold in self._held.items():
            trouble = hold.loss(seen.get(topic))
            self._publish(SubscriptionSeen(object=topic, ours=trouble is None, detail=trouble))
            if trouble and trouble != self._losses.get(topic):
                hint = _LOST_HINT if self._settings.standing is None else _WATCHED_HINT
                self._say(
                    Level.WARNING, f"{topic} of app {self._edge.app.app_id} no longer delivers here: {trouble}", hint
                )
            self._losses[topic] = trouble

    async def register_lost(self) -> None:
        """Register again the objects that the last check found removed or switched off; leave foreign callbacks alone.

        Raises the error of an object that could not be registered again.
        """
        for hold in [self._held[topic] for topic, trouble in self._losses.items() if trouble]:
            current = await find_subscription(self._edge, hold.entry.object)
            if hold.loss(current) and (current is None or hold.is_ours(current)):
                await hold.register(self._edge, self._settings, self._wait)
                self._announce(await confirm([hold], self._edge, self._wait))

    def _begin(self, change: PlannedChange) -> HeldSubscription:
        if entry := change.continued:
            fields = tuple(dict.fromkeys((*entry.fields, *change.fields)))
            own = replace(entry, holder=self._holder, fields=fields, kept=change.inherited, is_relays=True)
            entry = self._ledger.take_over(entry, own.pointing_to(change.callback_url))
        else:
            entry = self._ledger.begin(new_entry(change, self._edge.app, self._settings, holder=self._holder))
        standing = self._settings.standing
        hold = self._held[change.object] = HeldSubscription(entry, inherited=change.inherited, standing=standing)
        return hold

    def _announce(self, confirmed: Iterable[tuple[HeldSubscription, Subscription]]) -> None:
        for hold, current in confirmed:
            entry = hold.entry
            self._active.add(entry.object)
            self._publish(hold.as_active(current))
            for message, hint in question(entry, current):
                self._say(Level.WARNING, message, hint)

    async def _move(self, hold: HeldSubscription) -> bool:
        """Register the newest callback unless it is there already; return False when the object is no longer ours."""
        with suppress(HookscopeError):  # The look finds out the outcome.
            await hold.settle(self._edge, self._wait)
        current = await find_subscription(self._edge, hold.entry.object)
        if current is None or not hold.is_ours(current):
            loss = hold.loss(current)
            self._publish(SubscriptionSeen(object=hold.entry.object, ours=False, detail=loss))
            self._say(
                Level.WARNING,
                f"{hold.entry.object} was not registered again: {loss}",
                "it was left alone; start again when it is free",
            )
            self._moved[hold.entry.object] = hold.url
            return False
        if hold.loss(current):
            await hold.register(self._edge, self._settings, self._wait)
        return True

    def _tell_astray(self, error: HookscopeError, *holds: HeldSubscription) -> HookscopeError:
        """Report that notifications for these objects go elsewhere, or nowhere, until a move succeeds."""
        for hold in holds:
            detail = f"the new address is not registered: {error.message}"
            self._publish(SubscriptionSeen(object=hold.entry.object, ours=False, detail=detail))
        return error
