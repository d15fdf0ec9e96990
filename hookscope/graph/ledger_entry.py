"""An entry of the ledger: what a run changed on an app for one object, and what restoring it needs."""

import shlex

from hookscope.graph.ledger_record import LedgerRecord
from hookscope.meta.subscription import Subscription, same_callback
from hookscope.model.run_events import Ending, SubscriptionEnded


class LedgerEntry(LedgerRecord, frozen=True, kw_only=True):
    """An object of an app's subscriptions that a run holds or held. `displaced` is the previous subscription."""

    object: str
    displaced: Subscription | None = None
    restore_include_values: bool = True

    @property
    def former_url(self) -> str:
        """The callback that was displaced, or an empty text when there was none."""
        return self.displaced.callback_url if self.displaced else ""

    def owns(self, current: Subscription) -> bool:
        """Return whether the registration points to a callback of ours."""
        return any(same_callback(current.callback_url, url) for url in self.callback_urls)

    def is_former(self, current: Subscription) -> bool:
        """Return whether the registration points to the displaced callback."""
        return self.displaced is not None and same_callback(self.displaced.callback_url, current.callback_url)

    def is_foreign(self, current: Subscription) -> bool:
        """Return whether the registration points neither to a callback of ours nor to the displaced one."""
        return not self.owns(current) and not self.is_former(current)

    @property
    def subject(self) -> str:
        """The object."""
        return self.object

    @property
    def replaced(self) -> str:
        """The displaced callback."""
        return self.former_url

    @property
    def teardown(self) -> tuple[str, ...]:
        """The arguments of the command that puts this entry back."""
        return ("teardown", "--app-id", self.app_id, "--object", self.object)

    def ended(self, ending: Ending, reason: str, *, callback_url: str | None) -> SubscriptionEnded:
        """Return the event for a subscription that is given up."""
        named = self.ended_callback(ending, callback_url)
        return SubscriptionEnded(ending=ending, object=self.object, callback_url=named, reason=reason)

    @property
    def recreate_command(self) -> str:
        """Return the command that registers again, by hand, what was displaced."""
        command = ["hookscope", "subscriptions", "add", "--app-id", self.app_id, "--object", self.object]
        if self.displaced:
            command += ["--callback-url", self.displaced.callback_url, "--verify-token", "TOKEN"]
            command += ["--fields", ",".join(self.displaced.fields)] if self.displaced.fields else []
        return shlex.join(command)
