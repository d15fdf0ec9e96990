"""`hookscope relay init`: create the log, and let colleagues read it."""

from typing import Any

import click

from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.services import shared_log

_DISK = (
    "Each reader's run copies the log to that reader's disk: whole notifications, with names, messages, and whatever "
    "else is in them, of real people; no app secret, token, or ledger. `run --history` bounds how far back it goes, "
    "`captures prune` deletes there, `relay --retain` here."
)


@click.command("init")
@click.option("--grant", default="", metavar="ROLE,ROLE", help="Roles of the database that may read the log.")
@click.option("--renew", is_flag=True, help="Give the log a new id, after it was restored from a backup.")
@log_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, grant: str, renew: bool, **given: Any) -> None:
    """Create the log unless it is there, and let colleagues read it.

    Its owner, who runs this and the relay, may write; the roles of --grant may read. Each must exist already.
    """
    log = log_address(ctx, given)
    roles = tuple(dict.fromkeys(filter(None, (role.strip() for role in grant.split(",")))))
    number = asyncio_runner.run_async(shared_log.create(log, readers=roles, renew=renew))
    output.write_data(f"log {log.log} at {log}: {number}")
    for role in roles:
        output.print_progress(f"{role} may read it")
    if renew:
        output.print_progress("every reader's run begins anew: its captures stay, those of the log come again")
    output.print_note(_DISK)
