"""The ledger: every change to an app, on disk before it is made, and kept until it is put back."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from hookscope.errors import ForeignCallbackError, HookscopeError
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.meta.subscription import Subscription


class Ledger(LedgerTable[LedgerEntry]):
    """The entries for an app's own subscriptions. An object of an app has at most one open entry."""

    TABLE: ClassVar[str] = "entries"

    def open_entries(
        self,
        *,
        graph_url: str | None = None,
        app_id: str | None = None,
        object: str | None = None,  # noqa: A002
    ) -> list[LedgerEntry]:
        """Return the open entries, oldest first: all of them, or those of one Graph API, app or object."""
        return [entry for entry in self._open(graph_url, app_id) if object in (None, entry.object)]

    def history(self, limit: int = 100) -> list[LedgerEntry]:
        """Return the last entries, open and closed, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", (limit,))

    def _own_values(self, entry: LedgerEntry) -> Mapping[str, object]:
        return {
            "object": entry.object,
            "displaced": json.dumps(entry.displaced.to_json()) if entry.displaced else None,
            "restore_include_values": entry.restore_include_values,
        }

    def _entry(self, common: dict[str, Any], row: Mapping[str, Any]) -> LedgerEntry:
        topic, displaced = row["object"], row["displaced"]
        return LedgerEntry(
            **common,
            object=topic,
            displaced=Subscription.from_json({"object": topic, **json.loads(displaced)}) if displaced else None,
            restore_include_values=bool(row["restore_include_values"]),
        )

    def _taken(self, entry: LedgerEntry) -> HookscopeError:
        return ForeignCallbackError(
            f"another hookscope run claimed {entry.object} of app {entry.app_id} at the same moment",
            done="this run changed nothing for it",
            hint="watch that run with `hookscope attach`, or stop it first",
        )

    def _missing(self, entry: LedgerEntry) -> HookscopeError:
        return HookscopeError(
            f"the ledger {self.path} has no open entry {entry.id} for {entry.object} anymore that is this process's",
            done="nothing was changed in it",
            hint=f"check what app {entry.app_id} has registered: hookscope subscriptions list",
        )
