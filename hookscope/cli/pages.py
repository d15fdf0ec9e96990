"""`hookscope pages`: the Pages on which the app is installed, and the fields of each."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from hookscope import paths
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.confirmation import is_confirmed
from hookscope.cli.event_progress import print_event
from hookscope.cli.run.options import app_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_access_tokens, read_secrets, token_options
from hookscope.errors import GraphError
from hookscope.formats import event_stream
from hookscope.meta.catalog import question_fields
from hookscope.meta.field_list import list_fields
from hookscope.scope import check_page
from hookscope.services.pages import Pages, PageState, open_pages
from hookscope.settings import check_fields
from hookscope.views.sanitize import sanitize

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])


@click.group("pages")
@shared_options
def command(**_: Any) -> None:
    """See and change on which Pages the app is installed, and with which fields.

    Events of a Page come only for fields that are on for the app (`hookscope subscriptions`) and for the Page.
    """


def _page_options(function: _F) -> _F:
    """Add the options of every command that changes Pages."""
    for option in (
        click.option("--yes", "-y", is_flag=True, help="Ask no questions."),
        click.option("--dry-run", is_flag=True, help="Show what would change, change nothing."),
        click.option("--page", "pages", multiple=True, metavar="ID", help="A Page; the same as naming it."),
        click.argument("ids", nargs=-1, metavar="[ID]..."),
        token_options,
        app_options,
    ):
        function = option(function)
    return function


@command.command("list")
@app_options
@token_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@shared_options
def list_command(as_json: bool, **given: Any) -> None:
    """List the Pages that your tokens give access to, and the fields that the app is installed with."""
    refused = list[GraphError]()
    states = _call(given, lambda pages: pages.listed(refused.append))
    for state in states:
        _show(state, as_json)
    for error in refused[:-1]:
        output.print_error(error)
    if refused:
        raise refused[-1]
    if not states:
        output.print_note("the tokens give access to no Page: choose some when you generate them, with pages_show_list")


@command.command("subscribe")
@click.option("--fields", metavar="A,B", help="The fields to add; existing ones stay [the app's fields].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_page_options
@shared_options
def subscribe_command(as_json: bool, **given: Any) -> None:
    """Install the app on Pages, or add fields to it. `hookscope pages unsubscribe` undoes that."""
    fields = _fields(given)
    for line in question_fields("page", fields):
        output.print_note(sanitize(f"warning    {line}"))

    async def subscribe(pages: Pages) -> list[PageState]:
        plans = await pages.plan(await pages.choose(_ids(given)), fields, print_event)
        if not _agreed(given, [str(plan) for plan in plans], any(plan.is_needed for plan in plans)):
            return []
        states = await pages.subscribe(plans)
        _mention_lacking(await pages.app_fields(), plans[0].fields)
        return states

    for state in _call(given, subscribe):
        _show(state, as_json)


@command.command("unsubscribe")
@click.option("--fields", metavar="A,B", help="Only these fields [those that `subscribe` added, else the whole app].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_page_options
@shared_options
def unsubscribe_command(as_json: bool, **given: Any) -> None:
    """Undo `pages subscribe`; where it changed nothing, remove the app from the Page."""
    fields = _fields(given)

    async def unsubscribe(pages: Pages) -> list[PageState]:
        removals = await pages.plan_removal(await pages.choose(_ids(given)), fields)
        if not removals:
            output.print_note("the app is not installed there")
        return await pages.unsubscribe(removals) if _agreed(given, map(str, removals), bool(removals)) else []

    for state in _call(given, unsubscribe):
        _show(state, as_json)


def _call(given: Mapping[str, Any], work: Callable[[Pages], Awaitable[_T]]) -> _T:
    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    app = read_app(given, secrets)

    async def run() -> _T:
        async with open_pages(app, secrets, paths.ledger_file(), print_event) as pages:
            return await work(pages)

    return asyncio_runner.run_async(run())


def _ids(given: Mapping[str, Any]) -> list[str]:
    return [check_page(text).id for text in (*given["ids"], *given["pages"])]


def _fields(given: Mapping[str, Any]) -> tuple[str, ...]:
    return () if given["fields"] is None else check_fields(given["fields"])


def _agreed(given: Mapping[str, Any], lines: Iterable[str], changes_anything: bool) -> bool:
    """Show a plan, and return whether to carry it out."""
    for line in lines:
        output.print_note(sanitize(f"plan       {line}"))
    if given["dry_run"] or not changes_anything:
        return not given["dry_run"]
    if given["yes"] or is_confirmed("Change that?"):
        return True
    output.print_note("nothing was changed")
    return False


def _mention_lacking(of_app: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Warn about fields that Meta does not send yet, because the app is not subscribed to them."""
    if lacking := [name for name in wanted if name not in of_app]:
        output.print_note(
            sanitize(
                f"warning    the app itself is not subscribed to {list_fields(lacking)}: nothing comes until "
                "`hookscope run` or `hookscope subscriptions add` subscribes to it"
            )
        )


def _show(state: PageState, as_json: bool) -> None:
    if as_json:
        output.write_data(event_stream.line(state.to_json()))
        return
    installed = "not installed" if state.fields is None else "installed"
    output.write_data(sanitize(f"{state.id:<18} {installed:<13} {state.name}  [{list_fields(state.fields or ())}]"))
