"""The part of the ledger for Pages, WhatsApp accounts, and phone numbers.

It is in the same file as the subscriptions.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.scope import Scope, ScopeKind

_BY_HAND = "by hand"


class InstallationLedger(LedgerTable[InstallationEntry]):
    """The entries for an app on single accounts. An account has at most one open entry for an app."""

    TABLE: ClassVar[str] = "installations"
    LOCK_PREFIX: ClassVar[str] = "installation-"

    def hand_over(self, entry: InstallationEntry) -> None:
        """Note that the change was made by hand and stays, until `settle` records that it was undone."""
        self.close(entry, _BY_HAND, "installed by hand")

    def by_hand(self, graph_url: str, app_id: str, scope: Scope) -> list[InstallationEntry]:
        """Return the changes by hand that are still there, newest first."""
        condition = "WHERE outcome = ? AND graph_url = ? AND app_id = ? AND scope = ? ORDER BY id DESC"
        return self._select(condition, (_BY_HAND, graph_url, app_id, str(scope)))

    def settle(self, entry: InstallationEntry) -> None:
        """Note that a change by hand was undone."""
        with self._file.writing() as db:
            db.execute("UPDATE installations SET outcome = 'undone' WHERE id = ?", (entry.id,))

    def open_entries(
        self, *, graph_url: str | None = None, app_id: str | None = None, scope: Scope | None = None
    ) -> list[InstallationEntry]:
        """Return the open entries, oldest first: all of them, or those of one Graph API, app, or account."""
        return [entry for entry in self._open(graph_url, app_id) if scope in (None, entry.scope)]

    def _own_values(self, entry: InstallationEntry) -> Mapping[str, object]:
        return {
            "scope": str(entry.scope),
            "displaced": json.dumps(entry.displaced.to_json()) if entry.displaced else None,
        }

    def _entry(self, common: dict[str, Any], row: Mapping[str, Any]) -> InstallationEntry:
        kind, _, number = row["scope"].partition(":")
        displaced = row["displaced"]
        return InstallationEntry(
            **common,
            scope=Scope(ScopeKind(kind), number),
            displaced=_read_displaced(json.loads(displaced)) if displaced else None,
        )

    def _taken(self, entry: InstallationEntry) -> HookscopeError:
        return ForeignCallbackError(
            f"another hookscope run has already changed {entry.scope} for app {entry.app_id}",
            done="this run changed nothing for it",
            hint=f"stop that run first; if there is none: {entry.teardown_command}",
        )

    def _missing(self, entry: InstallationEntry) -> HookscopeError:
        return HookscopeError(
            f"the ledger {self.path} has no open entry {entry.id} for {entry.scope} anymore that is this process's",
            done="nothing was changed in it",
            hint="see what is left open: hookscope teardown --dry-run",
        )


def _read_displaced(values: dict[str, Any]) -> SubscribedApp:
    return SubscribedApp(**{**values, "fields": tuple(values["fields"])})
