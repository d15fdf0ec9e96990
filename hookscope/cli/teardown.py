"""`hookscope teardown`: put back what a run left registered."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from hookscope import paths, run_registry
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.secrets import app_secret, read_access_tokens, read_secrets, secret_option, token_options
from hookscope.errors import RestoreError
from hookscope.formats.plain_text import progress_line
from hookscope.graph import teardown as subscriptions
from hookscope.graph.client import GraphClient
from hookscope.graph.installations import teardown as installations
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.restore_result import RestoreResult
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import Notice
from hookscope.scope import Scope, check_page, check_scope
from hookscope.settings import App
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.secret_sources import Secret, SecretSources

_Entry = LedgerEntry | InstallationEntry


@click.command("teardown")
@click.option("--app-id", envvar="HOOKSCOPE_APP_ID", metavar="ID", help="Only this app [all].")
@click.option("--object", "topic", metavar="NAME", help="Only this object's subscription [all].")
@click.option("--scope", metavar="KIND:ID", help="Only this account: page:ID, waba:ID or phone:ID [all].")
@secret_option("File with the app secret; else HOOKSCOPE_APP_SECRET, else a prompt.")
@token_options
@click.option("--dry-run", is_flag=True, help="Show what would be done, change nothing.")
@click.option("--forget", "forgets", is_flag=True, help="Only remove it from the ledger; change nothing on the app.")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
def command(**given: Any) -> None:
    """Put back what runs left registered: after a crash, a power cut, or --keep."""
    sources = read_secrets(given["app_secret_file"])
    read_access_tokens(sources, given)
    request = _Request(
        app_id=given["app_id"],
        object=given["topic"],
        scope=_scope(given["scope"]) if given["scope"] else None,
        asks=not given["yes"],
    )
    torn = _Teardown(request, sources)
    if not torn.entries:
        output.print_progress(f"nothing is left registered{' there' if torn.others else ''}")
    for entry in torn.others:
        output.print_progress(sanitize(f"left alone {_name(entry)}; to put it back: {entry.teardown_command}"))
    if not torn.entries:
        return
    if given["forgets"]:
        torn.forget()
        return
    failed = asyncio_runner.run_async(torn.preview() if given["dry_run"] else torn.run())
    if failed:
        raise RestoreError(
            "; ".join(f"{_name(entry)}: {outcome.reason}" for entry, outcome in failed),
            done="the ledger is kept, with everything needed to put it back",
            hint="\n    ".join(dict.fromkeys(entry.teardown_command for entry, _ in failed)),
        )


class _Request(Struct, frozen=True, kw_only=True):
    """The entries to put back: those of an app, an object, or an account. `asks` for secrets and before it forgets."""

    app_id: str | None
    object: str | None
    scope: Scope | None
    asks: bool


class _Teardown:
    """The requested entries of both parts of the ledger: accounts first, since they were changed last."""

    def __init__(self, request: _Request, sources: "SecretSources") -> None:
        self._asks = request.asks
        self._sources = sources
        self._secrets: dict[str, Secret] = {}
        self._ledger = Ledger(paths.ledger_file())
        self._installation_ledger = InstallationLedger(paths.ledger_file())
        self._installations: Sequence[InstallationEntry] = ()
        self._subscriptions: Sequence[LedgerEntry] = ()
        if not request.object:
            self._installations = self._installation_ledger.open_entries(app_id=request.app_id, scope=request.scope)
        if not request.scope:
            self._subscriptions = self._ledger.open_entries(app_id=request.app_id, object=request.object)

    @property
    def entries(self) -> tuple[_Entry, ...]:
        """All entries that are to be put back."""
        return (*self._installations, *self._subscriptions)

    @property
    def others(self) -> tuple[_Entry, ...]:
        """The open entries of ended runs that were not requested."""
        everything: tuple[_Entry, ...] = (*self._installation_ledger.open_entries(), *self._ledger.open_entries())
        return tuple(one for one in everything if one not in self.entries and not run_registry.is_live(one.holder))

    async def run(self) -> list[tuple[_Entry, RestoreResult]]:
        """Put the entries back one after the other; return those that could not be put back."""
        failed: list[tuple[_Entry, RestoreResult]] = []
        async for entry, outcome in self._outcomes():
            ending = outcome.ending or "FAILED"
            output.write_data(sanitize(f"{ending:<10} {_name(entry)}: {outcome.reason}"))
            if outcome.failed:
                failed.append((entry, outcome))
        return failed

    async def preview(self) -> list[tuple[_Entry, RestoreResult]]:
        """Show what `run` would do."""
        async for account, foretold in installations.preview(self._installations, self._edge_for):
            output.write_data(sanitize(f"{_name(account)}: {foretold}"))
        async for entry, foretold in subscriptions.preview(self._subscriptions, self._client_for):
            output.write_data(sanitize(f"{_name(entry)}: {foretold}"))
        return []

    def forget(self) -> None:
        """Close the entries without contacting the app."""
        for entry in self.entries:
            if run_registry.is_live(entry.holder):
                output.print_note(sanitize(f"{_name(entry)} is held by a live run and was not forgotten"))
            elif self._agreed(entry):
                self._forget(entry)
                output.write_data(sanitize(f"{'forgotten':<10} {_name(entry)}"))

    async def _outcomes(self) -> AsyncIterator[tuple[_Entry, RestoreResult]]:
        torn = installations.teardown(self._installation_ledger, self._installations, self._edge_for)
        async for account, outcome in torn:
            yield account, outcome
        async for entry, outcome in subscriptions.teardown(self._ledger, self._subscriptions, self._client_for):
            yield entry, outcome

    def _forget(self, entry: _Entry) -> None:
        if isinstance(entry, InstallationEntry):
            self._installation_ledger.close(entry, "forgotten", "closed by hand, without checking the account")
            return
        subscriptions.forget(self._ledger, entry)
        if entry.displaced:
            output.print_note(sanitize(f"  → to register it again: {entry.recreate_command}"))

    def _agreed(self, entry: _Entry) -> bool:
        before = entry.former_url if isinstance(entry, LedgerEntry) else entry.displaced and "the app's installation"
        question = f"Forget {_name(entry)}? What it replaced is not put back: {before or 'nothing'}"
        return not self._asks or not sys.stdin.isatty() or click.confirm(sanitize(question), err=True)

    def _client_for(self, entry: LedgerEntry) -> GraphClient:
        return GraphClient(self._app(entry), notify=_say)

    def _edge_for(self, entry: InstallationEntry) -> AbstractAsyncContextManager[InstallationEdge]:
        return self._open_edge(self._app(entry))

    @asynccontextmanager
    async def _open_edge(self, app: App) -> AsyncIterator[InstallationEdge]:
        async with GraphClient(app, notify=_say) as client:
            nodes = GraphNodes(client.caller)
            yield InstallationEdge(nodes, app, Tokens(nodes, app, self._sources))

    def _app(self, entry: _Entry) -> App:
        if entry.app_id not in self._secrets:
            self._secrets[entry.app_id] = app_secret(self._sources, entry.app_id, ask=self._asks)
        return App(
            app_id=entry.app_id,
            secret=self._secrets[entry.app_id],
            graph_url=entry.graph_url,
            graph_version=entry.graph_version,
        )


def _scope(text: str) -> Scope:
    return check_page(text.removeprefix("page:")) if text.startswith("page:") else check_scope(text)


def _name(entry: _Entry) -> str:
    return f"{entry.object if isinstance(entry, LedgerEntry) else entry.scope} of app {entry.app_id}"


def _say(notice: Notice) -> None:
    if line := progress_line(notice):
        output.print_progress(line)
