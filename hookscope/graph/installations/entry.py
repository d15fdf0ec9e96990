"""A ledger entry for a Page, a WhatsApp account, or a phone number, and the state to which it is restored."""

from msgspec.structs import replace

from hookscope.graph.ledger_record import LedgerRecord
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback
from hookscope.model.run_events import Ending, PageEnded, SubscriptionEnded
from hookscope.scope import Scope, ScopeKind


class InstallationEntry(LedgerRecord, frozen=True, kw_only=True):
    """A change for an app on one account.

    `fields` are those requested from a Page, and `callback_urls` the overrides on a WhatsApp account or a phone number.
    `displaced` is the installation before, None when the app was not installed. No entry holds an access token.
    """

    scope: Scope
    callback_urls: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    displaced: SubscribedApp | None = None

    @property
    def subject(self) -> str:
        """The account."""
        return str(self.scope)

    @property
    def replaced(self) -> str:
        """The app's earlier installation."""
        return "the app's installation" if self.displaced else ""

    @property
    def teardown(self) -> tuple[str, ...]:
        """The arguments of the command that puts this entry back."""
        return ("teardown", "--app-id", self.app_id, "--scope", str(self.scope))

    def ended(self, ending: Ending, reason: str, *, callback_url: str | None) -> PageEnded | SubscriptionEnded:
        """Return the event for an account that is given up; a Page has no callback."""
        scope = self.scope
        if scope.kind is ScopeKind.PAGE:
            return PageEnded(ending=ending, page=scope.id, reason=reason)
        url = self.ended_callback(ending, callback_url)
        return SubscriptionEnded(ending=ending, object=scope.object, callback_url=url, reason=reason, scope=str(scope))

    def owns(self, current: SubscribedApp) -> bool:
        """Return whether the override is one of ours."""
        url = current.override_url
        return url is not None and any(same_callback(url, ours) for ours in self.callback_urls)

    def put_back(self, current: SubscribedApp | None) -> SubscribedApp | None:
        """Return `current` without the additions of this entry, None for an app that must be removed.

        The result is `current` itself when nothing there is ours; fields that somebody else has added or removed
        meanwhile are theirs. An override without its verify token would not pass Meta's verification: then ours is
        removed, and that override with it.
        """
        if current is None:
            return None
        if self.scope.kind is ScopeKind.PAGE:
            before = self.displaced.fields if self.displaced else ()
            added = [name for name in current.fields if name in self.fields and name not in before]
            left = tuple(name for name in current.fields if name not in added)
            return replace(current, fields=left) if left or not added else None
        if not self.owns(current):
            return current
        if self.displaced is None:
            return None
        return replace(current, override_url=self.displaced.override_url if self.restore_verify_token else None)
