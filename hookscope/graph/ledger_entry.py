"""An entry of the ledger: what a run changed on an app for one object, and what restoring it needs."""

import shlex
from dataclasses import dataclass
from datetime import datetime

from hookscope.meta.subscription import Subscription, same_callback
from hookscope.secret_sources import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One object of an app's subscriptions that a run holds, or held. `id` is 0 until the ledger has numbered it.

    `callback_urls` are ours, the newest last: a tunnel may come back elsewhere. `fields` are those asked for.
    `displaced` is what was registered before. `restore_verify_token` makes its callback pass Meta's verification; None
    when that is not needed or not possible, and in every closed entry. `holder` is the run's key. `kept` means that the
    run has ended and left the subscription in place on purpose. `outcome` and `reason` say how it was closed.
    """

    id: int = 0
    graph_url: str
    graph_version: str
    app_id: str
    object: str
    callback_urls: tuple[str, ...]
    fields: tuple[str, ...]
    displaced: Subscription | None = None
    restore_verify_token: Secret | None = None
    restore_include_values: bool = True
    holder: str
    kept: bool = False
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """True if something of it may still be registered."""
        return self.closed_at is None

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

    @property
    def teardown_command(self) -> str:
        """Return the command that puts this entry back."""
        return shlex.join(("hookscope", "teardown", "--app-id", self.app_id, "--object", self.object))

    @property
    def recreate_command(self) -> str:
        """Return the command that registers again, by hand, what was displaced."""
        command = ["hookscope", "subscriptions", "add", "--app-id", self.app_id, "--object", self.object]
        if self.displaced:
            command += ["--callback-url", self.displaced.callback_url, "--verify-token", "TOKEN"]
            command += ["--fields", ",".join(self.displaced.fields)] if self.displaced.fields else []
        return shlex.join(command)
