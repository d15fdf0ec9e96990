"""`hookscope replay`: send captured requests again."""

from typing import Any

import click

from hookscope.cli import asyncio_runner
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.help_sections import SectionedCommand
from hookscope.cli.param_types import (
    CaptureIds,
    FilterText,
    FiniteFloat,
    ParsedParam,
    add_option,
    set_option,
    since_option,
)
from hookscope.cli.run.options import sending_options
from hookscope.cli.secrets import secret_option
from hookscope.errors import UsageError
from hookscope.model.faults import parse_delay, parse_share
from hookscope.model.record import MOST_CAPTURES

_SECTIONS = {
    "Selection": ("wanted", "since"),
    "Target": ("to", "header", "skip_verify"),
    "Request": ("edit", "assignments", "adds", "resign", "app_secret_file"),
    "Pace and repetition": ("speed", "max_rps", "concurrency", "repeat"),
    "Deliberate faults": ("dup", "shuffle", "drop", "delay", "bad_signature", "truncate", "seed"),
    "Output": ("as_json",),
}


@click.command(
    "replay",
    cls=SectionedCommand,
    section_of={name: title for title, names in _SECTIONS.items() for name in names},
    epilog="Exits with 0 when every delivery was answered 2xx, else with 8.",
)
@click.argument("chosen", metavar="[ID...]", type=CaptureIds(), nargs=-1)
@click.option(
    "--filter",
    "wanted",
    default="",
    type=FilterText(),
    metavar="FILTER",
    help="Only captures that match, such as 'field:feed'.",
)
@since_option
@click.option("--to", metavar="URL", help="The target [the forward target of the run that captured it].")
@sending_options
@click.option("--edit", is_flag=True, help="Edit each body first, in $VISUAL or $EDITOR.")
@set_option
@add_option
@click.option(
    "--resign/--no-resign",
    default=None,
    help="Sign requests again, or never [those changed by --edit and --set].",
)
@secret_option("File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET, else a prompt.")
@click.option(
    "--speed",
    type=FiniteFloat(0, min_open=True),
    metavar="X",
    help="Keep the gaps between the captures, divided by X.",
)
@click.option("--max-rps", type=FiniteFloat(0, min_open=True), metavar="N", help="At most N a second, evenly spaced.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Send N at the same time [1: in order, one after another].",
)
@click.option(
    "--repeat", type=click.IntRange(1, MOST_CAPTURES), default=1, metavar="N", help="Send all of them N times."
)
@click.option(
    "--dup",
    type=click.IntRange(0, MOST_CAPTURES),
    default=0,
    metavar="N",
    help="Send each N more times, right after the first.",
)
@click.option("--shuffle", is_flag=True, help="Send them in random order.")
@click.option(
    "--drop",
    metavar="SHARE",
    type=ParsedParam("share", parse_share),
    help="Leave out some at random: 10%, 0.1, or a number.",
)
@click.option(
    "--delay",
    metavar="SPAN",
    type=ParsedParam("delay", parse_delay),
    help="Delay each by 200ms, 1.5s, or a random 100ms..2s.",
)
@click.option("--bad-signature", is_flag=True, help="Sign with a wrong secret.")
@click.option(
    "--truncate",
    metavar="BYTES",
    type=ParsedParam("share", parse_share),
    help="Cut bodies off after BYTES bytes, or at 50%.",
)
@click.option("--seed", metavar="TEXT", help="Repeat the random choices of --shuffle, --drop, and --delay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a delivery, then one for the summary.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Send captured requests again, bytes and signature unchanged.

    ID is a capture id, `last`, an event such as 12.3, or a range such as 10..20. Each replay is kept as a capture of
    its own; the originals stay as they are. Strays, forgeries, and replays are sent only when their id is given or the
    filter asks for them.
    """
    _check(given)
    from hookscope.cli.indexing import index_before
    from hookscope.cli.replay.plan import plan
    from hookscope.cli.replay.sending import send

    journal = journal_of(ctx)
    if not given["chosen"]:
        index_before(journal, given["wanted"])
    # Prepared before the loop runs: a Ctrl-C at a question, or in the editor, is not the loop's.
    with plan(journal, given) as replay:
        asyncio_runner.run_async(send(replay, as_json=given["as_json"]))


def _check(given: dict[str, Any]) -> None:
    """Raise UsageError for options that contradict each other."""
    if given["adds"] and not given["assignments"]:
        raise UsageError("--add needs --set", hint="--set value.new=1 --add")
    for first, second in (("speed", "max_rps"), ("speed", "shuffle"), ("bad_signature", "resign")):
        if given[first] and given[second]:
            names = [f"--{name.replace('_', '-')}" for name in (first, second)]
            raise UsageError(f"{names[0]} and {names[1]} contradict each other", hint="leave one of them out")
