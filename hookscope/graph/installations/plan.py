"""The planned change of an account, as `--dry-run` and `hookscope pages subscribe` show it."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import ForeignCallbackError
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.restore import describe
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret


class PlannedInstallation(Struct, frozen=True, kw_only=True):
    """The planned installation on an account: `fields` in addition on a Page, else `callback_url` as its override.

    `displaced` is what it has now. `restore_verify_token` has been proven to make a displaced override pass a
    handshake. `stands` says that an earlier process has made the change, which outlives it. `continued` is the entry of
    an earlier process whose override this one replaces.
    """

    app_id: str
    scope: Scope
    fields: tuple[str, ...]
    callback_url: str | None = None
    displaced: SubscribedApp | None = None
    restore_verify_token: Secret | None = None
    stands: bool = False
    continued: InstallationEntry | None = None

    @property
    def wanted(self) -> SubscribedApp:
        """The state of the account after the change."""
        before = self.displaced or SubscribedApp(app_id=self.app_id)
        if self.scope.kind is ScopeKind.PAGE:
            return replace(before, fields=tuple(dict.fromkeys((*before.fields, *self.fields))))
        return replace(before, override_url=self.callback_url)

    @property
    def added(self) -> tuple[str, ...]:
        """The fields that a Page does not have yet."""
        return tuple(name for name in self.fields if not self.displaced or name not in self.displaced.fields)

    @property
    def is_needed(self) -> bool:
        """True if the account does not have it already."""
        return not self.stands and (bool(self.added) or self.scope.kind is not ScopeKind.PAGE or self.displaced is None)

    @property
    def restorable(self) -> bool:
        """True if it can be undone."""
        overridden = self.displaced is not None and self.displaced.override_url is not None
        return not overridden or self.restore_verify_token is not None

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values, without the token."""
        return {
            "change": "install" if self.scope.kind is ScopeKind.PAGE else "override",
            "scope": str(self.scope),
            "fields": list(self.fields),
            "callback_url": self.callback_url,
            "displaced": self.displaced and self.displaced.to_json(),
            "restorable": self.restorable,
        }

    def __str__(self) -> str:
        now = describe(self.scope, self.displaced)
        if self.stands:
            return f"keep {self.scope} as it is: {now}"
        if self.scope.kind is ScopeKind.PAGE:
            what = (
                f"add {list_fields(self.added)}" if self.added else f"nothing to add, it has {list_fields(self.fields)}"
            )
            return f"install {self.scope}: {what} (now {now})"
        end = "put back at the end" if self.restorable else "NOT put back at the end"
        return f"override {self.scope}: {list_fields(self.fields)} → {self.callback_url} (now {now}; {end})"


async def check_unchanged(edge: InstallationEdge, scope: Scope, planned: SubscribedApp | None) -> None:
    """Raise ForeignCallbackError if an account has changed since a change of it was planned.

    Fields in another order are the same: the Graph API promises none.
    """
    current = await edge.look(scope)
    if current and planned and {*current.fields} == {*planned.fields} and current.override_url == planned.override_url:
        return
    if current or planned:
        raise ForeignCallbackError(
            f"{scope} has changed since it was read",
            done="nothing was changed for it",
            hint="find out who works on the app, then start again",
        )
