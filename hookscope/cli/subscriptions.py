"""`hookscope subscriptions`: an app's subscriptions edge by hand."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import click

from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.confirmation import is_confirmed
from hookscope.cli.event_progress import print_event
from hookscope.cli.run.options import app_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_secrets
from hookscope.formats import event_stream
from hookscope.meta.catalog import question_fields
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscription import Subscription
from hookscope.services.subscriptions import Addition, Subscriptions, open_subscriptions
from hookscope.settings import App, check_fields, check_object
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
    app = _app(given)
    found = _call(app, lambda subscriptions: subscriptions.listed())
    for subscription in found:
        _show(subscription, as_json)
    if not found:
        output.print_progress(sanitize(f"app {app.app_id} has no subscription"))


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
    show_envvar=True,
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
    addition = _addition(given)
    for line in question_fields(addition.object, addition.fields):
        output.print_note(sanitize(f"warning    {line}"))
    after = _call(_app(given), lambda subscriptions: subscriptions.add(addition, _mention_replaced))
    _show(after, as_json)


@command.command("remove")
@app_options
@click.option("--object", "topic", required=True, metavar="NAME", help="The object of the subscription.")
@click.option("--fields", metavar="A,B", help="Only these fields [the whole subscription].")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
def remove_command(**given: Any) -> None:
    """Remove an object's subscription, or some of its fields."""
    topic = check_object(given["topic"])
    fields = () if given["fields"] is None else check_fields(given["fields"])
    what = f"{', '.join(fields)} of {topic}" if fields else topic
    app = _app(given)

    async def remove(subscriptions: Subscriptions) -> None:
        before = await subscriptions.find(topic)
        if before is None:
            output.print_note(sanitize(f"{topic} of app {app.app_id} has no subscription"))
            return
        question = f"Remove {what} of app {app.app_id}, which goes to {before.callback_url}?"
        if not given["yes"] and not is_confirmed(question):
            output.print_note("nothing was removed")
            return
        await subscriptions.remove(before, fields)
        went = f"it went to {before.callback_url} with {list_fields(before.fields) or 'no fields'}"
        output.print_note(sanitize(f"removed    {what}; {went}"))

    _call(app, remove)


def _addition(given: Mapping[str, Any]) -> Addition:
    return Addition(
        object=check_object(given["topic"]),
        fields=check_fields(given["fields"]),
        callback_url=check_callback_url(given["callback_url"]),
        verify_token=given["verify_token"],
        include_values=given["include_values"],
        takeover=given["takeover"],
    )


def _mention_replaced(before: Subscription) -> None:
    output.print_note(sanitize(f"replacing  {before.callback_url} with {list_fields(before.fields)}"))


def _call(app: App, work: Callable[[Subscriptions], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        async with open_subscriptions(app, print_event) as subscriptions:
            return await work(subscriptions)

    return asyncio_runner.run_async(run())


def _app(given: Mapping[str, Any]) -> App:
    return read_app(given, read_secrets(given["app_secret_file"]))


def _show(subscription: Subscription, as_json: bool) -> None:
    if as_json:
        output.write_data(event_stream.line({"object": subscription.object, **subscription.to_json()}))
    else:
        state = "active" if subscription.active else "INACTIVE"
        fields = list_fields(subscription.fields)
        output.write_data(sanitize(f"{subscription.object:<26} {state:<9} {subscription.callback_url}  [{fields}]"))
