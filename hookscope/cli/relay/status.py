"""`hookscope relay status`: the relay that talks to Meta, and the progress of each mirror."""

from datetime import datetime
from typing import Any

import click

from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import shared_options
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.formats import event_stream
from hookscope.model.timestamps import local_time
from hookscope.services import shared_log
from hookscope.team.address import LogAddress
from hookscope.team.followers import LogStatus
from hookscope.team.log import Grant
from hookscope.team.registration_record import RegistrationRecord
from hookscope.views.sanitize import sanitize


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@log_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
    """Show which relay talks to Meta, the log's entries, and the progress of each colleague's mirror."""
    log = log_address(ctx, given)
    status = asyncio_runner.run_async(shared_log.status(log))
    if as_json:
        output.write_data(event_stream.line(_to_json(log, status)))
        return
    for line in _lines(log, status):
        output.write_data(sanitize(line))


def _lines(log: LogAddress, status: LogStatus) -> list[str]:
    lease = status.lease
    kept = f"@{status.first} to @{status.last}" if status.first <= status.last else "nothing"
    lines = [f"log        {log.log} at {log}: {kept}"]
    if lease is None:
        lines.append("relay      none has the lease: nobody keeps the registration at Meta")
    else:
        since = _since(lease)
        lines.append(f"relay      {lease.holder}{f', since {local_time(since)}' if since else ''}")
    registered = RegistrationRecord.from_state(status.state)
    lines += [f"registered {name}: {', '.join(fields)}" for name, fields in registered.fields.items()]
    lines += [f"           → {registered.callback_url}"] if registered.callback_url else []
    if registered.callback_urls[-1:] not in ((), (registered.callback_url,)):
        lines.append(f"announced  {registered.callback_urls[-1]}, which Meta may not have yet")
    for one in status.followers:
        behind = status.last - one.seq
        place = f"{behind} behind" if behind > 0 else "up to date"
        lines.append(f"follower   {one.name} on {one.host}: @{one.seq}, {place}, seen {local_time(one.seen_at)}")
    return lines


def _to_json(log: LogAddress, status: LogStatus) -> dict[str, Any]:
    lease = status.lease
    return {
        "log": log.log,
        "address": str(log),
        "first": status.first,
        "last": status.last,
        "holder": lease and lease.holder,
        "since": since.isoformat() if lease and (since := _since(lease)) else None,
        "followers": [
            {"name": one.name, "host": one.host, "seq": one.seq, "seen_at": one.seen_at.isoformat()}
            for one in status.followers
        ],
    }


def _since(lease: Grant) -> datetime | None:
    """Return the time since which the holder keeps the registration; None while it takes over."""
    registered = RegistrationRecord.from_state(lease.state)
    return registered.since if registered.holder == lease.holder else None
