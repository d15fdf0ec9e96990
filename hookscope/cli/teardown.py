"""`hookscope teardown`: put back what a run left registered."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from hookscope import paths, run_registry
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.secrets import app_secret, read_secrets, secret_option
from hookscope.errors import RestoreError
from hookscope.formats.plain_text import progress_line
from hookscope.graph.client import GraphClient
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore import RestoreResult
from hookscope.graph.teardown import forget, preview, teardown
from hookscope.model.run_events import Notice
from hookscope.settings import App
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.secret_sources import Secret


@click.command("teardown")
@click.option("--app-id", envvar="HOOKSCOPE_APP_ID", metavar="ID", help="Only this app [all].")
@click.option("--object", "topic", metavar="NAME", help="Only this object [all].")
@secret_option("File with the app secret; else HOOKSCOPE_APP_SECRET, else a question.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, change nothing.")
@click.option("--forget", "forgets", is_flag=True, help="Only remove it from the ledger; the app stays as it is.")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
def command(**given: Any) -> None:
    """Put back what runs left registered: after a crash, a power cut, or --keep."""
    ledger = Ledger(paths.ledger_file())
    entries = ledger.open_entries(app_id=given["app_id"], object=given["topic"])
    if not entries:
        output.print_progress("nothing is left registered")
        return
    if given["forgets"]:
        _forget(ledger, entries, ask=not given["yes"])
        return
    failed = asyncio_runner.run_async(_teardown(ledger, entries, given))
    if failed:
        raise RestoreError(
            "; ".join(f"{entry.object} of app {entry.app_id}: {outcome.reason}" for entry, outcome in failed),
            done="the ledger is kept, with all that the way back needs",
            hint="\n    ".join(dict.fromkeys(entry.teardown_command for entry, _ in failed)),
        )


async def _teardown(
    ledger: Ledger, entries: Sequence[LedgerEntry], given: Mapping[str, Any]
) -> list[tuple[LedgerEntry, RestoreResult]]:
    """Put the entries back one after the other; return those that could not be put back."""
    sources = read_secrets(given["app_secret_file"])
    secrets: dict[str, Secret] = {}

    def client_for(entry: LedgerEntry) -> GraphClient:
        if entry.app_id not in secrets:
            secrets[entry.app_id] = app_secret(sources, entry.app_id, ask=not given["yes"])
        app = App(
            app_id=entry.app_id,
            secret=secrets[entry.app_id],
            graph_url=entry.graph_url,
            graph_version=entry.graph_version,
        )
        return GraphClient(app, notify=_say)

    failed: list[tuple[LedgerEntry, RestoreResult]] = []
    if given["dry_run"]:
        async for entry, foretold in preview(entries, client_for):
            output.write_data(sanitize(f"{entry.object} of app {entry.app_id}: {foretold}"))
        return failed
    async for entry, outcome in teardown(ledger, entries, client_for):
        ending = outcome.ending or "FAILED"
        output.write_data(sanitize(f"{ending:<10} {entry.object} of app {entry.app_id}: {outcome.reason}"))
        if outcome.failed:
            failed.append((entry, outcome))
    return failed


def _forget(ledger: Ledger, entries: Sequence[LedgerEntry], *, ask: bool) -> None:
    for entry in entries:
        what = f"{entry.object} of app {entry.app_id}"
        if run_registry.is_live(entry.holder):
            output.print_note(sanitize(f"{what} is held by a live run; it is not forgotten"))
            continue
        question = f"Forget {what}? What it displaced stays displaced: {entry.former_url or 'nothing'}"
        if ask and sys.stdin.isatty() and not click.confirm(sanitize(question), err=True):
            continue
        forget(ledger, entry)
        output.write_data(sanitize(f"{'forgotten':<10} {what}"))
        if entry.displaced:
            output.print_note(sanitize(f"  → to register it again: {entry.recreate_command}"))


def _say(notice: Notice) -> None:
    if line := progress_line(notice):
        output.print_progress(line)
