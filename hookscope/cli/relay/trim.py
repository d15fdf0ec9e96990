"""`hookscope relay trim`: delete old entries."""

from typing import Any

import click

from hookscope import run_registry
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.filter.duration import parse_duration
from hookscope.services import shared_log


@click.command("trim")
@click.option("--older-than", required=True, metavar="SPAN", help="Entries older than 90s, 10m, 1h, or 7d.")
@log_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, older_than: str, **given: Any) -> None:
    """Delete old entries from the log; what colleagues have mirrored stays with them.

    `hookscope relay --retain` does the same all the time.
    """
    age, log = parse_duration(older_than), log_address(ctx, given)
    holder = f"relay trim:{run_registry.new_key()}"
    deleted = asyncio_runner.run_async(shared_log.trim_older(log, age, holder=holder))
    output.write_data(f"{deleted} entries deleted")
