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
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.cli.secrets import app_secret, read_access_tokens, read_secrets, secret_option, token_options
from hookscope.errors import HookscopeError, RestoreError
from hookscope.formats.plain_text import progress_line
from hookscope.graph import teardown as subscriptions
from hookscope.graph.client import GraphClient
from hookscope.graph.installations import teardown as installations
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.ledger_table import LedgerTable
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.restore_result import RestoreResult
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import Ending, Notice
from hookscope.scope import Scope, check_page, check_scope
from hookscope.secret_sources import Secret
from hookscope.services import shared_log
from hookscope.settings import App
from hookscope.team.address import LogAddress
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.secret_sources import SecretSources

_Entry = LedgerEntry | InstallationEntry


@click.command("teardown")
@click.option("--app-id", envvar="HOOKSCOPE_APP_ID", metavar="ID", help="Only this app [all].")
@click.option("--object", "topic", metavar="NAME", help="Only this object's subscription [all].")
@click.option("--scope", metavar="KIND:ID", help="Only this account: page:ID, waba:ID or phone:ID [all].")
@secret_option("File with the app secret; else HOOKSCOPE_APP_SECRET, else a prompt.")
@token_options
@log_options
@click.option("--dry-run", is_flag=True, help="Show what would be done, change nothing.")
@click.option("--forget", "forgets", is_flag=True, help="Only remove it from the ledger; change nothing on the app.")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Put back what runs left registered: after a crash, a power cut, or --keep.

    For what a relay displaced, the shared log tells which callbacks are those of its other relays.
    """
    sources = read_secrets(given["app_secret_file"])
    read_access_tokens(sources, given)
    log = log_address(ctx, given) if given["log_url"] else None
    if log and log.password:
        sources.keep_out((Secret(log.password),))
    request = _Request(
        app_id=given["app_id"],
        object=given["topic"],
        scope=_scope(given["scope"]) if given["scope"] else None,
        asks=not given["yes"],
        log=log,
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
    """The entries to put back: those of an app, an object, or an account. `asks` for secrets and before it forgets.

    `log` is that of the relays that may have registered in place of one of this machine.
    """

    app_id: str | None
    object: str | None
    scope: Scope | None
    asks: bool
    log: LogAddress | None


class _Teardown:
    """The requested entries of both parts of the ledger: accounts first, since they were changed last."""

    def __init__(self, request: _Request, sources: "SecretSources") -> None:
        self._asks = request.asks
        self._log = request.log
        self._sources = sources
        self._secrets: dict[str, Secret] = {}
        self._relays: shared_log.Relays | None = None
        self._kept: Sequence[tuple[_Entry, RestoreResult]] = ()
        self._doubt: str | None = None
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
        await self._ask_relays()
        self._adopt(self._installation_ledger, self._installations)
        self._adopt(self._ledger, self._subscriptions)
        failed: list[tuple[_Entry, RestoreResult]] = []
        async for one, outcome in self._outcomes():
            ending = outcome.ending or "FAILED"
            output.write_data(sanitize(f"{ending:<10} {_name(one)}: {outcome.reason}"))
            if outcome.failed:
                failed.append((one, outcome))
        return failed

    async def preview(self) -> list[tuple[_Entry, RestoreResult]]:
        """Show what `run` would do."""
        await self._ask_relays()
        for one, outcome in self._kept:
            output.write_data(sanitize(f"{_name(one)}: kept: {outcome.reason}"))
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

    async def _ask_relays(self) -> None:
        """Take the callbacks of the log's other relays for ours: one of them may have replaced that of this machine."""
        if self._log is None or not any(entry.displaced or entry.kept for entry in self.entries):
            return
        try:
            self._relays = relays = await shared_log.relays(self._log)
        except HookscopeError as error:
            message = f"the shared log does not tell which callbacks are those of its relays: {error.message}"
            output.print_note(sanitize(message))
            self._doubt = "the shared log does not tell; repeat this when it does, or without the log"
            return
        self._kept = [(entry, outcome) for entry in self.entries if (outcome := self._kept_by_relay(entry))]
        urls = relays.callback_urls
        self._installations = [
            one.adopting(urls) if self._is_relays(one) else one
            for one in self._installations
            if not self._kept_by_relay(one)
        ]
        self._subscriptions = [
            one.adopting(urls) if self._is_relays(one) else one
            for one in self._subscriptions
            if not self._kept_by_relay(one)
        ]

    def _adopt(self, ledger: LedgerTable[Any], entries: Sequence[_Entry]) -> None:
        """Write the callbacks of the other relays into the ledger, from which a restore reads its entry."""
        for entry in entries:
            # A live holder writes its entry itself, and would lose what it has written meanwhile.
            if self._is_relays(entry) and not run_registry.is_live(entry.holder):
                try:
                    ledger.adopt(entry)
                except HookscopeError as error:
                    self._doubt = error.message

    def _is_relays(self, entry: _Entry) -> bool:
        """Return whether a relay of the log made this change, and only this machine knows what was there before."""
        former = entry.displaced if isinstance(entry, LedgerEntry) else entry.displaced and entry.displaced.override_url
        return bool(former) and self._is_of_log(entry)

    def _is_of_log(self, entry: _Entry) -> bool:
        """Return whether a relay of the log made this change; on a Page there is no callback that tells."""
        relays = self._relays
        if relays is None or entry.app_id != relays.app_id:
            return False
        if not entry.callback_urls:
            return entry.kept and entry.subject in relays.subjects
        return not {*entry.callback_urls}.isdisjoint(relays.callback_urls)

    def _kept_by_relay(self, entry: _Entry) -> RestoreResult | None:
        """Return the outcome for an entry whose registration a live relay elsewhere keeps, or None when none does."""
        holder = self._relays and self._relays.holder
        if not holder or not self._is_of_log(entry) or holder.endswith(f":{entry.holder}"):
            return None
        reason = f"the relay {holder} keeps it registered: stop it first, then repeat this"
        return RestoreResult(object=entry.subject, ending=Ending.KEPT, callback_url=None, reason=reason)

    async def _outcomes(self) -> AsyncIterator[tuple[_Entry, RestoreResult]]:
        for one, outcome in self._kept:
            yield one, outcome
        torn = installations.teardown(self._installation_ledger, self._installations, self._edge_for, doubt=self._doubt)
        async for account, outcome in torn:
            yield account, outcome
        async for entry, outcome in subscriptions.teardown(
            self._ledger, self._subscriptions, self._client_for, doubt=self._doubt
        ):
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
