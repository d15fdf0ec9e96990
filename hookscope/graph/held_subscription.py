"""One object of a lease: its entry in the ledger, the POST that registers its callback, and the way back."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from hookscope.errors import HookscopeError
from hookscope.graph.edge import LOOK_AGAIN_SECONDS, Edge, LostAnswerError, Wait, find_subscription
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore import restore
from hookscope.graph.restore_result import RestoreResult, failure
from hookscope.meta.subscription import Subscription, same_callback
from hookscope.model.run_events import SubscriptionActive
from hookscope.model.timestamps import now
from hookscope.settings import LeaseSettings

if TYPE_CHECKING:
    from datetime import datetime


class HeldSubscription:
    """An object whose subscription a run holds.

    `registered` says that the app has, or once had, our callback registered. `asked_at` and `answered_at` are the times
    of the last POST and of its answer, if it had one.
    """

    def __init__(self, entry: LedgerEntry) -> None:
        self.entry = entry
        self.registered = False
        self.asked_at: datetime | None = None
        self.answered_at: datetime | None = None
        self._post: asyncio.Task[None] | None = None
        self._doubt: LostAnswerError | None = None

    @property
    def url(self) -> str:
        """The callback that is registered or about to be."""
        return self.entry.callback_urls[-1]

    @property
    def doubtful(self) -> bool:
        """True if nothing is known to be registered, but something may be soon."""
        return self._doubt is not None and not self.registered

    async def register(self, client: Edge, settings: LeaseSettings, wait: Wait) -> None:
        """POST the callback, and wait for the outcome. Raises HookscopeError."""
        self.asked_at, self.answered_at = now(), None
        self._post = asyncio.create_task(
            client.subscribe(
                object=self.entry.object,
                callback_url=self.url,
                verify_token=settings.verify_token,
                fields=self.entry.fields,
                include_values=settings.include_values,
            ),
            name=f"register {self.entry.object}",
        )
        await self.settle(client, wait)

    async def settle(self, client: Edge, wait: Wait) -> None:
        """Wait for the POST under way, if any; without an answer, look on the app for its effect.

        Being cancelled does not cancel the POST: an interrupted one may still take effect after a look that found
        nothing to put back. Raises what the POST raised, and LostAnswerError each time as long as its effect does not
        show.
        """
        if self._post:
            await asyncio.wait([self._post])
            post, self._post, self._doubt = self._post, None, None
            try:
                post.result()
                self.registered, self.answered_at = True, now()
            except LostAnswerError as error:
                self._doubt = error
        if self._doubt and await self._shows(client, wait):
            self._doubt, self.registered = None, True
        if self._doubt:
            raise self._doubt

    async def restore(self, client: Edge, ledger: Ledger, wait: Wait) -> RestoreResult:
        """Put back what was displaced, unless a POST without an answer may still take effect."""
        with suppress(HookscopeError):  # The app tells the outcome.
            await self.settle(client, wait)
        if self.doubtful:
            return failure(self.entry, "the call to register it got no answer and may still take effect")
        return await restore(self.entry, client, ledger, wait=wait)

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
        if self.entry.owns(current):
            return f"it still points to an earlier address, {current.callback_url}"
        return f"it points to {current.callback_url}, which somebody else registered"

    def points_here(self, current: Subscription | None) -> bool:
        """Return whether our newest callback is registered."""
        return current is not None and same_callback(current.callback_url, self.url)

    async def _shows(self, client: Edge, wait: Wait) -> bool:
        """Return whether our callback shows within a few looks."""
        for seconds in (*LOOK_AGAIN_SECONDS, None):
            try:
                current = await find_subscription(client, self.entry.object)
            except HookscopeError:
                return False
            if self.points_here(current):
                return True
            if seconds is not None:
                await wait(seconds)
        return False
