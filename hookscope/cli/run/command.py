"""`hookscope run`: receive, expose, register, show live; put everything back at the end."""

import gc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookscope import run_registry
from hookscope.cli import standby
from hookscope.cli.common import journal_of, keys_of, shared_options, verbosity_of
from hookscope.cli.early_signals import ended_by_signals
from hookscope.cli.help_sections import SectionedCommand
from hookscope.cli.run.options import SECTION_OF, run_options
from hookscope.cli.web_process import web_view
from hookscope.sandbox.launch import discard, launch
from hookscope.settings import Output, RunSettings

if TYPE_CHECKING:
    from hookscope.cli.tui_process import TuiProcess


@click.command(
    "run",
    cls=SectionedCommand,
    section_of=SECTION_OF,
    epilog="Without an account or a network: hookscope run --sandbox",
)
@run_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Receive, register, and show webhooks live; put everything back at the end."""
    return ended_by_signals(lambda: _run(ctx, given))


def _run(ctx: click.Context, given: dict[str, Any]) -> int:
    # Help needs none of it.
    from hookscope.cli.run.settings_from_options import run_settings

    settings = run_settings(given, journal_of(ctx))
    key = run_registry.new_key()
    listener, address = run_registry.listen(key)
    view = _open_view(settings, address)
    sandbox = None
    web = given["web"] and not settings.lease.dry_run
    try:
        if settings.sandbox and view is None:  # A view that paints needs the processors first.
            sandbox = launch(app_id=settings.app.app_id, app_secret=settings.app.secret)
        # Only now: loading these takes a while, and the view or the sandbox starts meanwhile. None of it is garbage.
        gc.disable()
        from hookscope import certificates

        certificates.load_aiohttp()  # Before another module does.
        from hookscope.cli.log_file import configure_logging
        from hookscope.cli.run.runner import run
        from hookscope.engine.engine import Engine

        configure_logging(verbosity_of(ctx), to_terminal=view is None)
        live = run_registry.describe(settings, key=key, address=address)
        with web_view(web=web, address=address, journal=settings.journal, secrets=settings.secrets):
            build = partial(Engine, sandbox=sandbox, free=view.painted if view else None)
            return run(settings, live=live, listener=listener, view=view, build=build)
    finally:
        listener.close()
        address.unlink(missing_ok=True)
        if view:
            view.close()
        if sandbox:
            discard(sandbox)


def _open_view(settings: RunSettings, address: Path) -> "TuiProcess | None":
    if settings.output is not Output.TUI or settings.lease.dry_run:
        standby.dismiss()
        return None
    from hookscope.cli.tui_process import TuiProcess

    keys = keys_of(click.get_current_context())
    return TuiProcess(address=address, journal=settings.journal, secrets=settings.secrets, keys=keys)
