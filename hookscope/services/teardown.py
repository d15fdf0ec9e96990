"""Teardown: choose open entries of the ledger, and put them back, say what that would do, or forget them."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.graph import restore as subscriptions
from hookscope.graph.installations import restore as installations
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.restore_result import Doubt, RestoreResult
from hookscope.graph.teardown import preview, teardown
from hookscope.scope import Scope
from hookscope.services.app_access import AppAccess
from hookscope.services.relays import Entry, Relays, relays_of
from hookscope.team.address import LogAddress

Outcome: TypeAlias = tuple[Entry, RestoreResult]
"""An entry, and what putting it back came to."""


class TeardownRequest(Struct, frozen=True, kw_only=True):
    """The entries to put back: those of an app, an object, or an account; None stands for all."""

    app_id: str | None = None
    object: str | None = None
    scope: Scope | None = None


class Teardown:
    """The requested entries of both parts of the ledger: accounts first, since they were changed last.

    Every method raises HookscopeError. `run` and `preview` take the log of the relays that may have registered in place
    of one of this machine, and `warn`, which is called when that log does not answer.
    """

    def __init__(self, request: TeardownRequest, ledger_file: Path) -> None:
        self._ledger = Ledger(ledger_file)
        self._installation_ledger = InstallationLedger(ledger_file)
        self._installations: Sequence[InstallationEntry] = ()
        self._subscriptions: Sequence[LedgerEntry] = ()
        if not request.object:
            self._installations = self._installation_ledger.open_entries(app_id=request.app_id, scope=request.scope)
        if not request.scope:
            self._subscriptions = self._ledger.open_entries(app_id=request.app_id, object=request.object)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries that are to be put back."""
        return (*self._installations, *self._subscriptions)

    @property
    def others(self) -> tuple[Entry, ...]:
        """The open entries of ended runs that were not requested."""
        everything: tuple[Entry, ...] = (*self._installation_ledger.open_entries(), *self._ledger.open_entries())
        return tuple(one for one in everything if one not in self.entries and not run_registry.is_live(one.holder))

    async def run(
        self, access: AppAccess, log: LogAddress | None, warn: Callable[[str], None]
    ) -> AsyncIterator[Outcome]:
        """Put the entries back one after the other, and yield each as soon as it is done."""
        relays, doubt = await self._ask(log, warn)
        accounts, objects = relays.not_kept(self._installations), relays.not_kept(self._subscriptions)
        doubt = _adopt(self._installation_ledger, accounts, relays) or doubt
        doubt = _adopt(self._ledger, objects, relays) or doubt
        for one in self.entries:
            if kept := relays.kept(one):
                yield one, kept
        async for account in teardown(
            self._installation_ledger, accounts, access.edge_for, installations.restore, doubt=doubt
        ):
            yield account
        async for subscription in teardown(
            self._ledger, objects, access.client_for, subscriptions.restore, doubt=doubt
        ):
            yield subscription

    async def preview(
        self, access: AppAccess, log: LogAddress | None, warn: Callable[[str], None]
    ) -> AsyncIterator[tuple[Entry, str]]:
        """Say in words what `run` would do to each entry, and change nothing."""
        relays, doubt = await self._ask(log, warn)
        for one in self.entries:
            if kept := relays.kept(one):
                yield one, f"kept: {kept.reason}"
        accounts, objects = relays.not_kept(self._installations), relays.not_kept(self._subscriptions)
        async for account in preview(accounts, access.edge_for, installations.foretell, doubt=doubt):
            yield account
        async for subscription in preview(objects, access.client_for, subscriptions.foretell, doubt=doubt):
            yield subscription

    def forget(self, agree: Callable[[Entry], bool]) -> Iterator[tuple[Entry, bool]]:
        """Close the entries that `agree` accepts, without contacting the app, and yield each with True.

        An entry of a live run is yielded with False: it stays.
        """
        for entry in self.entries:
            if run_registry.is_live(entry.holder):
                yield entry, False
            elif agree(entry):
                if isinstance(entry, InstallationEntry):
                    self._installation_ledger.forget(entry)
                else:
                    self._ledger.forget(entry)
                yield entry, True

    async def _ask(self, log: LogAddress | None, warn: Callable[[str], None]) -> tuple[Relays, Doubt]:
        """Return the relays of the log, one of which may have replaced a callback of this machine, and the doubt."""
        relays = Relays()
        if log is None or not any(entry.displaced or entry.stays for entry in self.entries):
            return relays, relays.doubt
        try:
            relays = await relays_of(log)
        except HookscopeError as error:
            warn(f"the shared log does not tell which callbacks are those of its relays: {error.message}")
            return relays, lambda _: "the shared log does not tell; repeat this when it does"
        return relays, relays.doubt


def recreate_command(entry: Entry) -> str | None:
    """Return the command that registers again, by hand, the callback that an entry displaced; None without one."""
    return entry.recreate_command if isinstance(entry, LedgerEntry) and entry.displaced else None


def _adopt(ledger: LedgerTable[Any], entries: Sequence[Entry], relays: Relays) -> Doubt | None:
    """Write the callbacks of the other relays into the ledger, from which a restore reads its entry.

    Return the doubt if that could not be done.
    """
    trouble = None
    for entry in entries:
        # A live holder writes its entry itself, and would lose what it has written meanwhile.
        if relays.may_have_replaced(entry) and not run_registry.is_live(entry.holder):
            try:
                ledger.adopt(entry)
            except HookscopeError as error:
                trouble = error.message
    return (lambda _: trouble) if trouble else None
