"""`hookscope teardown`: put back what a run left registered."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import click

from hookscope import paths
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.confirmation import is_confirmed
from hookscope.cli.event_progress import print_event
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.cli.secrets import app_secret, read_access_tokens, read_secrets, secret_option, token_options
from hookscope.errors import RestoreError
from hookscope.scope import Scope, check_page, check_scope
from hookscope.secret_sources import Secret
from hookscope.services.app_access import AppAccess
from hookscope.services.relays import Entry
from hookscope.services.teardown import Outcome, Teardown, TeardownRequest, recreate_command
from hookscope.team.address import LogAddress
from hookscope.views.sanitize import sanitize


@click.command("teardown")
@click.option("--app-id", envvar="HOOKSCOPE_APP_ID", show_envvar=True, metavar="ID", help="Only this app [all].")
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
    if given["forgets"]:
        read_secrets(None)  # Only so that none is printed: the ledger is all that is needed.
        _forget(_chosen(given), _agreement(given))
        return
    sources = read_secrets(given["app_secret_file"])
    read_access_tokens(sources, given)
    log = log_address(ctx, given) if given["log_url"] else None
    if log and log.password:
        sources.keep_out((Secret(log.password),))
    teardown = _chosen(given)
    if not teardown.entries:
        return
    secret_of = cache(partial(app_secret, sources, ask=not given["yes"]))
    access = AppAccess(sources=sources, secret_of=secret_of, notify=print_event)
    asyncio_runner.run_async(_preview(teardown, access, log) if given["dry_run"] else _run(teardown, access, log))


def _chosen(given: Mapping[str, Any]) -> Teardown:
    """Return the requested entries, and mention the others."""
    scope = _scope(given["scope"]) if given["scope"] else None
    request = TeardownRequest(app_id=given["app_id"], object=given["topic"], scope=scope)
    teardown = Teardown(request, paths.ledger_file())
    others = teardown.others
    if not teardown.entries:
        output.print_progress(f"nothing is left registered{' there' if others else ''}")
    for entry in others:
        output.print_progress(sanitize(f"left alone {_name(entry)}; to put it back: {entry.teardown_command}"))
    return teardown


def _forget(teardown: Teardown, agree: Callable[[Entry], bool]) -> None:
    for entry, is_forgotten in teardown.forget(agree):
        if not is_forgotten:
            output.print_note(sanitize(f"{_name(entry)} is held by a live run and was not forgotten"))
            continue
        if again := recreate_command(entry):
            output.print_note(sanitize(f"  → to register it again: {again}"))
        output.write_data(sanitize(f"{'forgotten':<10} {_name(entry)}"))


def _agreement(given: Mapping[str, Any]) -> Callable[[Entry], bool]:
    """Return the function that decides whether an entry is forgotten: the user, where there is somebody to ask."""
    if given["dry_run"]:
        return _foretell
    return (lambda _: True) if given["yes"] else _ask


def _foretell(entry: Entry) -> bool:
    output.write_data(sanitize(f"{_name(entry)}: it would be forgotten"))
    return False


def _ask(entry: Entry) -> bool:
    question = f"Forget {_name(entry)}? What it replaced is not put back: {entry.replaced or 'nothing'}"
    if is_confirmed(question):
        return True
    output.print_note(sanitize(f"{_name(entry)} was not forgotten"))
    return False


async def _preview(teardown: Teardown, access: AppAccess, log: LogAddress | None) -> None:
    async for entry, foretold in teardown.preview(access, log, _warn):
        output.write_data(sanitize(f"{_name(entry)}: {foretold}"))


async def _run(teardown: Teardown, access: AppAccess, log: LogAddress | None) -> None:
    """Put the entries back. Raises RestoreError for those that could not be put back."""
    failed: list[Outcome] = []
    async for entry, outcome in teardown.run(access, log, _warn):
        ending = outcome.ending or "FAILED"
        output.write_data(sanitize(f"{ending:<10} {_name(entry)}: {outcome.reason}"))
        if outcome.failed:
            failed.append((entry, outcome))
    if failed:
        raise RestoreError(
            "; ".join(f"{_name(entry)}: {outcome.reason}" for entry, outcome in failed),
            done="the ledger is kept, with everything needed to put it back",
            hint="\n    ".join(dict.fromkeys(entry.teardown_command for entry, _ in failed)),
        )


def _scope(text: str) -> Scope:
    return check_page(text.removeprefix("page:")) if text.startswith("page:") else check_scope(text)


def _name(entry: Entry) -> str:
    return f"{entry.subject} of app {entry.app_id}"


def _warn(text: str) -> None:
    output.print_note(sanitize(text))
