"""Restoring an app's subscription to what it was before hookscope changed it.

The end of a lease, `hookscope teardown` and the recovery after a killed run all use it. A look at the app precedes
every change, and the last look confirms: what is not ours, or no longer ours, is never touched.
"""

import asyncio

from hookscope.errors import HookscopeError
from hookscope.graph.edge import Edge, LostAnswerError, Wait, find_subscription, look_until
from hookscope.graph.exclusive_restore import restore_alone
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import RestoreResult, in_doubt
from hookscope.graph.restore_steps import RestoreAction, RestoreStep, added_fields, next_step, predict
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Ending


async def restore(
    entry: LedgerEntry,
    client: Edge,
    ledger: LedgerTable[LedgerEntry],
    *,
    after_refusal: bool = False,
    doubt: str | None = None,
    wait: Wait = asyncio.sleep,
) -> RestoreResult:
    """Put back what an entry displaced, or remove what it registered, and close it.

    Raises no ordinary error: a failure is an outcome, and the entry stays open so that the next restore continues from
    there. `after_refusal` says that ours has just been refused: if nothing is registered then, what was displaced went
    with it. `doubt` is why it is unknown which callbacks are ours: then the way back is kept although another one is
    registered. `wait` sleeps for the seconds between two looks.
    """
    return await restore_alone(
        entry, ledger, lambda known: _Restoration(known, client, after_refusal, doubt, wait).go()
    )


async def foretell(entry: LedgerEntry, client: Edge, *, doubt: str | None) -> str:
    """Return in words what a restore would do now. Raises GraphError."""
    current = await find_subscription(client, entry.object)
    shown = current.callback_url if current else "nothing"
    if doubtful := _in_doubt(entry, current, doubt):
        return f"it would stay open: {doubtful.reason}"
    if next_step(entry, current) is None:
        return f"nothing to do: {shown} is registered, which does not belong to this entry"
    after = predict(entry, current)
    if after is None:
        return f"{shown} would be removed"
    return (
        f"{after.callback_url} would be registered with {', '.join(after.fields) or 'no fields'}, in place of {shown}"
    )


def _in_doubt(entry: LedgerEntry, current: Subscription | None, doubt: str | None) -> RestoreResult | None:
    """Return the outcome for an entry whose way back must be kept although another callback is registered."""
    if doubt and current and entry.displaced and entry.is_foreign(current):
        return in_doubt(entry, current.callback_url, doubt)
    return None


class _Restoration:
    """One restore, from the first look to the last."""

    def __init__(self, entry: LedgerEntry, client: Edge, after_refusal: bool, doubt: str | None, wait: Wait) -> None:
        self._entry = entry
        self._client = client
        self._after_refusal = after_refusal and entry.restore_verify_token is not None
        self._doubt = doubt
        self._wait = wait
        self._done: list[RestoreAction] = []
        self._trouble: HookscopeError | None = None

    async def go(self) -> RestoreResult:
        """Look, take the next step, and look again, until there is none."""
        while True:
            current = await self._settled()
            step = self._next(current)
            if step is None or step.action in self._done:
                return self._conclude(current)
            self._done.append(step.action)
            try:
                await self._take(step)
                self._trouble = None
            except HookscopeError as error:
                self._trouble = error  # The next look finds out the outcome.

    def _next(self, current: Subscription | None) -> RestoreStep | None:
        went_with_ours = self._after_refusal or self._done == [RestoreAction.TRIM]
        if current is None and went_with_ours and self._entry.displaced:
            # It is not documented what becomes of a subscription without fields, or of one whose successor is refused.
            return RestoreStep(action=RestoreAction.RESTORE, fields=self._entry.displaced.fields)
        return next_step(self._entry, current)

    async def _settled(self) -> Subscription | None:
        """Return the registration, looking again while the effect of the last step does not show yet."""
        refused = self._trouble is not None and not isinstance(self._trouble, LostAnswerError)
        return await look_until(
            lambda: find_subscription(self._client, self._entry.object),
            lambda current: refused or not self._done or self._shows(current, self._done[-1]),
            self._wait,
        )

    def _shows(self, current: Subscription | None, action: RestoreAction) -> bool:
        """Return whether the effect of an action shows, or that somebody else has changed it since."""
        if current is None:
            return action is not RestoreAction.RESTORE
        if self._entry.is_foreign(current):
            return True
        match action:
            case RestoreAction.REMOVE:
                return False
            case RestoreAction.TRIM:
                return not added_fields(self._entry, current)
            case RestoreAction.RESTORE:
                return self._entry.is_former(current) and not self._lacking(current)

    async def _take(self, step: RestoreStep) -> None:
        entry = self._entry
        match step.action:
            case RestoreAction.REMOVE:
                await self._client.unsubscribe(object=entry.object)
            case RestoreAction.TRIM:
                await self._client.unsubscribe(object=entry.object, fields=step.fields)
            case RestoreAction.RESTORE:
                token = entry.restore_verify_token
                await self._client.subscribe(
                    object=entry.object,
                    callback_url=entry.former_url,
                    verify_token=token.reveal() if token else "",
                    fields=step.fields,
                    include_values=entry.restore_include_values,
                )

    def _conclude(self, current: Subscription | None) -> RestoreResult:
        """Return the outcome that the last look shows for all that was done."""
        if doubtful := _in_doubt(self._entry, current, self._doubt):
            return doubtful
        if current and self._entry.is_foreign(current):
            reason = f"it now points to {current.callback_url}, which is not ours"
            return self._outcome(Ending.LEFT, current, f"{reason}{self._describe_lost()}")
        if self._done and not self._shows(current, self._done[-1]):
            return self._incomplete(current)
        if RestoreAction.RESTORE in self._done:
            return self._outcome(Ending.RESTORED, current, self._describe_restored(current))
        if RestoreAction.REMOVE in self._done:
            return self._outcome(Ending.REMOVED, current, self._describe_removed())
        if current is None:
            reason = "nothing is registered for it anymore"
            return self._outcome(Ending.LEFT, current, f"{reason}{self._describe_lost()}")
        trimmed = "the added fields were removed; " if RestoreAction.TRIM in self._done else ""
        return self._outcome(Ending.LEFT, current, f"{trimmed}it points to {current.callback_url}, as it did before")

    def _incomplete(self, current: Subscription | None) -> RestoreResult:
        if self._trouble:
            raise self._trouble
        if current and RestoreAction.RESTORE in self._done and self._entry.is_former(current):
            names = ", ".join(self._lacking(current))
            raise HookscopeError(
                f"{self._entry.object} points to {current.callback_url} again, but without its fields {names}",
                hint=f"add them by hand: {self._entry.recreate_command}",
            )
        shown = current.callback_url if current else "nothing"
        raise HookscopeError(
            f"the Graph API answered 'success' to {self._done[-1]} {self._entry.object}, but still shows {shown}"
        )

    def _lacking(self, current: Subscription) -> list[str]:
        displaced = self._entry.displaced
        return [name for name in displaced.fields if name not in current.fields] if displaced else []

    def _describe_restored(self, current: Subscription | None) -> str:
        displaced = self._entry.displaced
        fields = ", ".join(displaced.fields) if displaced else ""
        reason = f"it points to {self._entry.former_url} again, with {fields or 'no fields'}"
        more = [name for name in current.fields if displaced and name not in displaced.fields] if current else []
        if more:
            reason += f"; somebody else has added {', '.join(more)}"
        if displaced and not displaced.active:
            reason += "; it was inactive before, but registering activates it"
        return reason

    def _describe_lost(self) -> str:
        if self._entry.displaced is None:
            return ""
        return f"; to register its former callback again, by hand: {self._entry.recreate_command}"

    def _describe_removed(self) -> str:
        displaced = self._entry.displaced
        if displaced is None:
            return "it had no subscription before"
        return (
            f"its former callback {displaced.callback_url} could not be put back without its verify token; "
            f"to register it again: {self._entry.recreate_command}"
        )

    def _outcome(self, ending: Ending, current: Subscription | None, reason: str) -> RestoreResult:
        url = current.callback_url if current else None
        return RestoreResult(object=self._entry.object, ending=ending, callback_url=url, reason=reason)
