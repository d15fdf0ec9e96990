"""`hookscope sandbox`: the Graph API simulator on its own, to explore it and for other people's test suites."""

import asyncio
import signal

import click

from hookscope.cli import output
from hookscope.cli.common import shared_options
from hookscope.errors import UsageError
from hookscope.samples.business import ENVIRONMENT, Business
from hookscope.sandbox.address import SandboxAddress

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


@click.command("sandbox", short_help="Serve the local Graph API simulator on its own.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen on port N [a free one].")
@click.option("--app-id", metavar="ID", help="The id of the made-up app [a random one].")
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
def command(*, port: int, app_id: str | None, scenario: str, as_json: bool, **ids: str | None) -> None:
    """Serve the local Graph API simulator until it is stopped.

    Prints its base URL, and the ids and tokens of its app, Page, user, and WhatsApp account, all made up. Apps that
    use it get Meta's errors, handshakes, and signed notifications. Inspect it with GET /sandbox/state; control it with
    POST /sandbox/knobs and POST /sandbox/send, such as {"sample": "page.messages.image", "count": 3} (see
    `hookscope trigger --list`).
    """
    if app_id is not None and not (app_id.isascii() and app_id.isdecimal()):
        raise UsageError(f"--app-id {app_id!r} is not an app id", hint="give a number, such as 1234567890123456")
    business = Business().with_ids(ids)
    asyncio.run(_serve(port, app_id, business, plays=scenario == "demo", as_json=as_json))


async def _serve(port: int, app_id: str | None, business: Business, *, plays: bool, as_json: bool) -> None:
    from hookscope.sandbox.server import SandboxServer

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with SandboxServer(port=port, app_id=app_id, business=business, scenario=plays) as server:
        output.write_data(_line(server.address) if as_json else _lines(server.address))
        output.flush()
        output.print_progress("serving until Ctrl-C")
        await stopped.wait()


def _line(address: SandboxAddress) -> str:
    from hookscope.formats import event_stream
    from hookscope.model.timestamps import now

    began = {"v": event_stream.VERSION, "type": "sandbox.listening", "at": event_stream.timestamp(now())}
    return event_stream.line({**began, **address.to_json()})


def _lines(address: SandboxAddress) -> str:
    shown = [f"{_LABELS[key]:<{_WIDTH}} {value}" for key, value in address.to_json().items()]
    exports = {
        "HOOKSCOPE_GRAPH_URL": address.base_url,
        "HOOKSCOPE_APP_ID": address.app_id,
        "HOOKSCOPE_APP_SECRET": address.app_secret.reveal(),
        "HOOKSCOPE_PAGE_TOKEN": address.page_token.reveal(),
        "HOOKSCOPE_USER_TOKEN": address.user_token.reveal(),
    }
    pasted = " ".join(f"{name}={value}" for name, value in exports.items())
    return "\n".join([*shown, "", f"export {pasted}"])
