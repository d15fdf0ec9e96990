"""`hookscope subscriptions`: an app's subscriptions edge by hand."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import click
from msgspec import Struct

from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.run.options import app_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_secrets
from hookscope.errors import ForeignCallbackError
from hookscope.formats import event_stream
from hookscope.formats.plain_text import progress_line
from hookscope.graph.client import GraphClient
from hookscope.meta.catalog import question_fields
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Notice
from hookscope.settings import check_fields, check_object
from hookscope.urls import check_callback_url
from hookscope.views.sanitize import sanitize

_T = TypeVar("_T")


@click.group("subscriptions")
@shared_options
def command(**_: Any) -> None:
    """List, add, and remove the app's subscriptions by hand."""


@command.command("list")
@app_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@shared_options
def list_command(as_json: bool, **given: Any) -> None:
    """List the app's subscriptions: one callback for each object."""
    for subscription in _call(given, lambda client: client.subscriptions()):
        _show(subscription, as_json)


@command.command("add")
@app_options
@click.option("--object", "topic", required=True, metavar="NAME", help="The object to subscribe to.")
@click.option("--fields", required=True, metavar="A,B", help="The fields to add; existing ones stay.")
@click.option(
    "--callback-url", required=True, metavar="URL", help="The URL that Meta delivers to; Meta verifies it at once."
)
@click.option(
    "--verify-token",
    envvar="HOOKSCOPE_VERIFY_TOKEN",
    required=True,
    metavar="TOKEN",
    help="The token that the callback expects in the handshake.",
)
@click.option(
    "--include-values/--no-include-values",
    default=True,
    help="Include the new values, or only the names of changed fields [on].",
)
@click.option("--takeover", is_flag=True, help="Allow replacing another callback of that object.")
@click.option("--json", "as_json", is_flag=True, help="The subscription as one JSON object.")
@shared_options
def add_command(as_json: bool, **given: Any) -> None:
    """Register a callback, or add fields to one."""
    request = _addition(given)
    for line in question_fields(request.object, request.fields):
        output.print_note(sanitize(f"warning    {line}"))
    if (after := _call(given, lambda client: _add(client, request))) is not None:
        _show(after, as_json)


@command.command("remove")
@app_options
@click.option("--object", "topic", required=True, metavar="NAME", help="The object of the subscription.")
@click.option("--fields", metavar="A,B", help="Only these fields [the whole subscription].")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
def remove_command(**given: Any) -> None:
    """Remove an object's subscription, or some of its fields."""
    asks = not given["yes"] and sys.stdin.isatty()
    fields = () if given["fields"] is None else check_fields(given["fields"])
    request = _Removal(object=check_object(given["topic"]), fields=fields, asks=asks)
    _call(given, lambda client: _remove(client, request))


class _Addition(Struct, frozen=True, kw_only=True):
    """A callback to register for an object, with fields to add to the existing ones."""

    object: str
    fields: tuple[str, ...]
    callback_url: str
    verify_token: str
    include_values: bool
    takeover: bool


class _Removal(Struct, frozen=True, kw_only=True):
    """The subscription to remove, or only these of its fields; `asks` first."""

    object: str
    fields: tuple[str, ...]
    asks: bool


def _addition(given: Mapping[str, Any]) -> _Addition:
    return _Addition(
        object=check_object(given["topic"]),
        fields=check_fields(given["fields"]),
        callback_url=check_callback_url(given["callback_url"]),
        verify_token=given["verify_token"],
        include_values=given["include_values"],
        takeover=given["takeover"],
    )


async def _add(client: GraphClient, request: _Addition) -> Subscription | None:
    before = await _find(client, request.object)
    if before and before.callback_url != request.callback_url:
        if not request.takeover:
            raise ForeignCallbackError(
                f"{request.object} of app {client.app.app_id} already goes to {before.callback_url}",
                done="nothing was changed",
                hint="add --takeover to replace it; its verify token is needed to put it back",
            )
        output.print_note(sanitize(f"replacing  {before.callback_url} with {list_fields(before.fields)}"))
    await client.subscribe(
        object=request.object,
        callback_url=request.callback_url,
        verify_token=request.verify_token,
        fields=request.fields,
        include_values=request.include_values,
    )
    return await _find(client, request.object)


async def _remove(client: GraphClient, request: _Removal) -> None:
    before = await _find(client, request.object)
    if before is None:
        output.print_note(sanitize(f"{request.object} of app {client.app.app_id} has no subscription"))
        return
    what = f"{', '.join(request.fields)} of {request.object}" if request.fields else request.object
    question = f"Remove {what} of app {client.app.app_id}, which goes to {before.callback_url}?"
    if request.asks and not click.confirm(sanitize(question), err=True):
        return
    await client.unsubscribe(object=request.object, fields=request.fields or None)
    output.print_note(
        sanitize(
            f"removed    {what}; it went to {before.callback_url} with {list_fields(before.fields) or 'no fields'}"
        )
    )


def _call(given: Mapping[str, Any], work: Callable[[GraphClient], Awaitable[_T]]) -> _T:
    app = read_app(given, read_secrets(given["app_secret_file"]))

    async def run() -> _T:
        async with GraphClient(app, notify=_say) as client:
            return await work(client)

    return asyncio_runner.run_async(run())


async def _find(client: GraphClient, topic: str) -> Subscription | None:
    return next((one for one in await client.subscriptions() if one.object == topic), None)


def _show(subscription: Subscription, as_json: bool) -> None:
    if as_json:
        output.write_data(event_stream.line({"object": subscription.object, **subscription.to_json()}))
    else:
        state = "active" if subscription.active else "INACTIVE"
        fields = list_fields(subscription.fields)
        output.write_data(sanitize(f"{subscription.object:<26} {state:<9} {subscription.callback_url}  [{fields}]"))


def _say(notice: Notice) -> None:
    if line := progress_line(notice):
        output.print_progress(line)
