"""`hookscope sandbox`: the Graph API simulator on its own, to explore it and for other people's test suites."""

import asyncio
import signal
from collections.abc import Mapping

import click
from click.core import ParameterSource

from hookscope.cli import output
from hookscope.cli.common import shared_options
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.errors import UsageError
from hookscope.samples.business import ENVIRONMENT, Business
from hookscope.secret_sources import Secret

_LABELS = {
    "base_url": "Graph API",
    "app_id": "App id",
    "app_secret": "App secret",
    "page_id": "Page id",
    "page_token": "Page token",
    "user_token": "User token",
    "waba_id": "WABA id",
    "phone_number_id": "Phone number id",
    "display_phone_number": "Phone number",
}
_WIDTH = max(map(len, _LABELS.values()))

_EXPORTS = {
    "HOOKSCOPE_GRAPH_URL": "base_url",
    "HOOKSCOPE_APP_ID": "app_id",
    "HOOKSCOPE_APP_SECRET": "app_secret",
    "HOOKSCOPE_PAGE_TOKEN": "page_token",
    "HOOKSCOPE_USER_TOKEN": "user_token",
}
"""The environment variables that lead another terminal's commands to the sandbox."""


@click.command("sandbox", short_help="Serve the local Graph API simulator on its own.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen on port N [a free one].")
@click.option("--app-id", metavar="ID", help="The id of the made-up app [a random one].")
@secret_option("File with its app secret, `-` for stdin, which is then not printed [a random one].")
@click.option(
    "--waba-id",
    envvar=ENVIRONMENT["waba_id"],
    show_envvar=True,
    metavar="ID",
    help="The id of its WhatsApp account [Meta's example].",
)
@click.option(
    "--phone-number-id",
    envvar=ENVIRONMENT["phone_number_id"],
    show_envvar=True,
    metavar="ID",
    help="The id of its phone number [Meta's example].",
)
@click.option(
    "--display-phone-number",
    envvar=ENVIRONMENT["display_phone_number"],
    show_envvar=True,
    metavar="DIGITS",
    help="The phone number itself [Meta's example].",
)
@click.option(
    "--scenario",
    type=click.Choice(["demo", "none"]),
    default="demo",
    help="Send the demo's events to every subscription, or none [demo].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@shared_options
def command(
    *, port: int, app_id: str | None, app_secret_file: str | None, scenario: str, as_json: bool, **ids: str | None
) -> None:
    """Serve the local Graph API simulator until it is stopped.

    Prints its base URL, and the ids and tokens of its app, Page, user, and WhatsApp account, all made up. Apps that
    use it get Meta's errors, handshakes, and signed notifications. Inspect it with GET /sandbox/state; control it with
    POST /sandbox/knobs and POST /sandbox/send, such as {"sample": "page.messages.image", "count": 3} (see
    `hookscope trigger --list`).
    """
    if app_id is not None and not (app_id.isascii() and app_id.isdecimal()):
        raise UsageError(f"--app-id {app_id!r} is not an app id", hint="give a number, such as 1234567890123456")
    business = Business().with_ids(ids)
    secret = _named_secret(app_secret_file)
    asyncio.run(_serve(port, app_id, secret, business, plays=scenario == "demo", as_json=as_json))


def _named_secret(file: str | None) -> Secret | None:
    """Return the secret in a file that the command line names; one of a settings file is a real app's."""
    source = click.get_current_context().get_parameter_source("app_secret_file")
    return read_secrets(file).app_secret if source is ParameterSource.COMMANDLINE else None


async def _serve(
    port: int, app_id: str | None, secret: Secret | None, business: Business, *, plays: bool, as_json: bool
) -> None:
    from hookscope.sandbox.server import SandboxServer

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with SandboxServer(port=port, app_id=app_id, app_secret=secret, business=business, scenario=plays) as server:
        told = server.address.to_json() | ({"app_secret": None} if secret else {})
        output.write_data(_line(told) if as_json else _lines(told))
        output.flush()
        output.print_progress("serving until Ctrl-C")
        await stopped.wait()


def _line(told: Mapping[str, str | None]) -> str:
    from hookscope.formats import event_stream
    from hookscope.model.timestamps import now

    began = {"v": event_stream.VERSION, "type": "sandbox.listening", "at": event_stream.timestamp(now())}
    return event_stream.line({**began, **told})


def _lines(told: Mapping[str, str | None]) -> str:
    shown = [f"{_LABELS[key]:<{_WIDTH}} {value or 'that of --app-secret-file'}" for key, value in told.items()]
    exported = " ".join(f"{name}={told[key]}" for name, key in _EXPORTS.items() if told[key])
    return "\n".join([*shown, "", f"export {exported}"])
