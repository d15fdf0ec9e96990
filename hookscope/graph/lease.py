"""The lease: a run's hold on an app's subscriptions, from the first look until everything is put back.

The order keeps the way back open at any moment: every change is in the ledger, on disk, before the app is told. Nothing
is changed before all objects have been checked.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from hookscope import run_registry
from hookscope.errors import HandshakeError, HookscopeError
from hookscope.graph.callback_prover import Probe
from hookscope.graph.confirmation import confirm, question
from hookscope.graph.edge import Edge, Wait, find_subscription
from hookscope.graph.held_subscription import HeldSubscription
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.plan import Plan, PlannedAction, PlannedChange, new_entry
from hookscope.graph.planner import Planner, recheck
from hookscope.graph.restore_result import RestoreResult, not_put_back
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    RunEvent,
    SubscriptionEnded,
    SubscriptionSeen,
)
from hookscope.settings import LeaseSettings, Topic

_LOST_HINT = "it was left alone; find out who works on the app, or use a test app of your own, then start again"
_WATCHED_HINT = "it is registered again, but not over somebody else's callback: hookscope subscriptions list"


class Lease:
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
        self._client = client
        self._ledger = ledger
        self._settings = settings
        self._holder = holder
        self._publish = publish
        self._wait = wait
        self._is_gone = is_gone
        self._holds: dict[str, HeldSubscription] = {}
        self._active: set[str] = set()
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

    @property
    def open_entries(self) -> tuple[LedgerEntry, ...]:
        """The entries that are not put back yet."""
        return tuple(hold.entry for hold in self._holds.values())

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
                change = await recheck(planned, self._client)
                hold = self._begin(change)
                hold.registered = change.change is PlannedAction.CONTINUE
                if not hold.registered:
                    await hold.register(self._client, self._settings, self._wait)
            self._announce(await confirm(self._holds.values(), self._client, self._wait))
            if self._settings.standing is not None:  # Now instead of at the end, which may be a power cut.
                for hold in self._holds.values():
                    hold.entry = self._ledger.keep(hold.entry)
        except HookscopeError as error:
            await self.give_up(error)
            raise

    async def give_up(self, error: HookscopeError) -> None:
        """Put back what was registered before `error`, and add that to it; raises RestoreError when it fails.

        What an earlier process registered for good stays.
        """
        doubtful = [hold for hold in self._holds.values() if hold.doubtful]
        for hold in doubtful:
            # Its POST may still take effect. The entry stays open, so that the next look finds out.
            del self._holds[hold.entry.object]
        for topic in [topic for topic, hold in self._holds.items() if hold.inherited]:
            del self._holds[topic]
        touched = [topic for topic, hold in self._holds.items() if hold.registered]
        if failures := await self._put_all_back():
            raise not_put_back(failures, because=error.message) from error
        done = [error.done] if error.done else []
        if touched:
            done.append(f"{', '.join(touched)} is as it was before")
        if doubtful:
            done.append("its ledger entry is kept, since the call may still take effect")
            error.hint = f"{error.hint}; then {doubtful[0].entry.teardown_command}"
        error.done = "; ".join(done) or "nothing was changed"

    async def move(self, callback_url: str) -> None:
        """Register the new callback of a tunnel that came back elsewhere, for each object that is still ours.

        Raises the error of what could not be moved, a failed handshake first, after all objects have had their turn;
        the lease goes on, and another call retries what is missing. An object that somebody else has taken meanwhile is
        left alone, with a notice.
        """
        waiting = [hold for topic, hold in self._holds.items() if self._moved.get(topic) != callback_url]
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
            self._announce(await confirm(moved, self._client, self._wait))
            self._moved |= {hold.entry.object: callback_url for hold in moved}
        except HookscopeError as error:
            errors.append(self._tell_astray(error, *moved))
        if errors:
            raise next((error for error in errors if isinstance(error, HandshakeError)), errors[0])

    async def check(self) -> None:
        """Look once whether each subscription is still ours, and publish SubscriptionSeen. Raises GraphError.

        A notice reports what was lost since the last look.
        """
        seen = {current.object: current for current in await self._client.subscriptions()}
        for topic, hold in self._holds.items():
            trouble = hold.loss(seen.get(topic))
            self._publish(SubscriptionSeen(object=topic, ours=trouble is None, detail=trouble))
            if trouble and trouble != self._losses.get(topic):
                hint = _LOST_HINT if self._settings.standing is None else _WATCHED_HINT
                self._warn(f"{topic} of app {self._client.app.app_id} no longer delivers here: {trouble}", hint)
            self._losses[topic] = trouble

    async def register_lost(self) -> None:
        """Register again the objects that the last check found removed or switched off; leave foreign callbacks alone.

        Raises the error of an object that could not be registered again.
        """
        for hold in [self._holds[topic] for topic, trouble in self._losses.items() if trouble and topic in self._holds]:
            current = await find_subscription(self._client, hold.entry.object)
            if hold.loss(current) and (current is None or hold.is_ours(current)):
                await hold.register(self._client, self._settings, self._wait)
                self._announce(await confirm([hold], self._client, self._wait))

    async def release(self) -> None:
        """Put everything back, or with `keep` leave it in place, and publish SubscriptionEnded for each object.

        An object that was never registered for good is put back even with `keep`. Raises RestoreError, with the
        commands to repeat, when something may still be registered; another call retries that.
        """
        try:
            if self._settings.keep:
                for hold in [one for one in self._holds.values() if one.entry.object in self._active or one.entry.kept]:
                    with suppress(HookscopeError):  # It stays, whatever the outcome of a call under way.
                        await hold.settle(self._client, self._wait)
                    self._keep(hold)
        finally:  # Without a note that it is kept, it must not lose its way back.
            if failures := await self._put_all_back():
                raise not_put_back(failures)

    async def abandon(self) -> None:
        """Give up everything without further changes on the app or in the ledger; await calls in flight."""
        for hold in self._holds.values():
            with suppress(HookscopeError):
                await hold.settle(self._client, self._wait)
        self._holds.clear()

    def _begin(self, change: PlannedChange) -> HeldSubscription:
        if entry := change.continued:
            fields = tuple(dict.fromkeys((*entry.fields, *change.fields)))
            own = replace(entry, holder=self._holder, fields=fields, kept=change.inherited, is_relays=True)
            entry = self._ledger.take_over(entry, own.pointing_to(change.callback_url))
        else:
            entry = self._ledger.begin(new_entry(change, self._client.app, self._settings, holder=self._holder))
        standing = self._settings.standing
        hold = self._holds[change.object] = HeldSubscription(entry, inherited=change.inherited, standing=standing)
        return hold

    def _announce(self, confirmed: Iterable[tuple[HeldSubscription, Subscription]]) -> None:
        for hold, current in confirmed:
            entry = hold.entry
            self._active.add(entry.object)
            self._publish(hold.as_active(current))
            for message, hint in question(entry, current):
                self._warn(message, hint)

    async def _move(self, hold: HeldSubscription) -> bool:
        """Register the newest callback unless it is there already; return False when the object is no longer ours."""
        with suppress(HookscopeError):  # The look finds out the outcome.
            await hold.settle(self._client, self._wait)
        current = await find_subscription(self._client, hold.entry.object)
        if current is None or not hold.is_ours(current):
            loss = hold.loss(current)
            self._publish(SubscriptionSeen(object=hold.entry.object, ours=False, detail=loss))
            self._warn(
                f"{hold.entry.object} was not registered again: {loss}",
                "it was left alone; start again when it is free",
            )
            self._moved[hold.entry.object] = hold.url
            return False
        if hold.loss(current):
            await hold.register(self._client, self._settings, self._wait)
        return True

    def _tell_astray(self, error: HookscopeError, *holds: HeldSubscription) -> HookscopeError:
        """Report that notifications for these objects go elsewhere, or nowhere, until a move succeeds."""
        for hold in holds:
            detail = f"the new address is not registered: {error.message}"
            self._publish(SubscriptionSeen(object=hold.entry.object, ours=False, detail=detail))
        return error

    async def _put_all_back(self) -> list[RestoreResult]:
        """Put back everything held, concurrently; the failures are returned and stay held."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._put_one_back(hold), name=f"put back {topic}")
                for topic, hold in self._holds.items()
            ]
        return [task.result() for task in tasks if task.result().failed]

    async def _put_one_back(self, hold: HeldSubscription) -> RestoreResult:
        entry = hold.entry
        outcome = await hold.put_back(self._client, self._ledger, self._wait, self._is_gone)
        if outcome.ending is None:
            self._publish(outcome.as_notice())
            return outcome
        del self._holds[entry.object]
        if entry.object in self._active or outcome.ending is not Ending.LEFT:
            self._publish(outcome.as_ended())
        return outcome

    def _keep(self, hold: HeldSubscription) -> None:
        hold.entry = self._ledger.keep(hold.entry)
        del self._holds[hold.entry.object]
        why = "because of --keep" if self._settings.standing is None else "for the next relay"
        reason = f"it stays registered {why}; to put it back: {hold.entry.teardown_command}"
        self._publish(
            SubscriptionEnded(ending=Ending.KEPT, object=hold.entry.object, callback_url=hold.url, reason=reason)
        )

    def _warn(self, message: str, hint: str | None) -> None:
        self._publish(Notice(level=Level.WARNING, message=message, hint=hint))
