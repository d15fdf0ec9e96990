"""`hookscope attach`: another view of a run that is already going."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hookscope import terminal
from hookscope.cli import output, standby
from hookscope.cli.common import keys_of, shared_options
from hookscope.cli.early_signals import ended_by_signals
from hookscope.cli.live_run import app_option, pid_option, select_run
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.cli.web_process import check_web, web_option, web_view
from hookscope.errors import ExitCode, HookscopeError, UsageError
from hookscope.run_registry import LiveRun
from hookscope.settings import Output

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hookscope.formats.plain_text import StreamItem


@click.command("attach")
@app_option
@pid_option
@click.option(
    "--output",
    "mode",
    type=click.Choice(["tui", "plain", "json"]),
    help="How to show the run [tui on a terminal, else plain].",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
@web_option
@secret_option("File with the app secret, to be removed from exports as well; else HOOKSCOPE_APP_SECRET.")
@shared_options
def command(**given: Any) -> int:
    """Open a view of a live run; closing the view does not end the run."""
    return ended_by_signals(partial(_attach, **given))


def _attach(
    *, app_id: str | None, pid: int | None, mode: str | None, as_json: bool, web: bool, app_secret_file: str | None
) -> int:
    check_web(web=web, asked=None if as_json else mode)
    secrets = read_secrets(app_secret_file)
    run = select_run("hookscope attach", app_id=app_id, pid=pid, hint="start one with `hookscope run`")
    chosen = Output.JSON if as_json else Output(mode or ("tui" if terminal.is_usable() and not web else "plain"))
    if chosen is not Output.TUI:
        from hookscope.cli import asyncio_runner

        standby.dismiss()
        with web_view(web=web, address=Path(run.address), journal=Path(run.journal), secrets=secrets, attached=True):
            return asyncio_runner.run_async(_until_signalled(run, chosen))
    if not terminal.is_usable():
        raise UsageError("there is no terminal to draw on", hint="use --output plain or --output json")
    from hookscope.cli.tui_process import TuiProcess

    keys = keys_of(click.get_current_context())
    view = TuiProcess(address=Path(run.address), journal=Path(run.journal), secrets=secrets, keys=keys, attached=True)
    try:
        return ExitCode.OK if view.wait() == 0 else ExitCode.FAILURE
    finally:
        view.close()


async def _until_signalled(run: LiveRun, mode: Output) -> int:
    """Show the run until it ends, or a signal ends the view: an interruption at any point would leave tasks waiting."""
    import asyncio  # A screen's process starts without it.

    from hookscope.engine import signals

    following = asyncio.ensure_future(_follow(run, mode))

    def end(_: str) -> None:
        following.cancel()

    with signals.handled(end, _leave):
        try:
            return await following
        except asyncio.CancelledError:
            return ExitCode.OK


def _leave() -> NoReturn:
    os._exit(ExitCode.OK)


async def _follow(run: LiveRun, mode: Output) -> int:
    from hookscope import certificates

    certificates.load_aiohttp()  # Before another module does. A Unix socket needs no certificates.
    from hookscope.cli.event_output import show
    from hookscope.control.client import ControlClient
    from hookscope.formats.importers.event_decoder import decode_event

    broke_off = False

    async def items() -> "AsyncIterator[Sequence[StreamItem]]":
        nonlocal broke_off
        last = ""
        async with ControlClient(run.address) as client:
            async for value in client.feed():
                last = value["type"]
                yield [value if mode is Output.JSON else decode_event(value)]
        broke_off = last != "stopped"

    output.print_progress(f"attached to run {run.pid} {run.subject}; Ctrl-C leaves it going")
    if error := await show(items(), mode):
        raise error
    if broke_off:
        raise HookscopeError("the run has ended without a message", hint=run.way_back)
    return ExitCode.OK
