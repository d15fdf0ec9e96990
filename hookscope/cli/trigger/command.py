"""`hookscope trigger`: send a sample notification, signed as Meta signs."""

from typing import Any

import click

from hookscope.cli import asyncio_runner
from hookscope.cli.common import needs_no_settings, shared_options
from hookscope.cli.live_run import app_option, pid_option
from hookscope.cli.param_types import CaptureId, EventName, add_option, set_option
from hookscope.cli.secrets import secret_option
from hookscope.errors import ExitCode, UsageError
from hookscope.model.record import MOST_CAPTURES


@click.command("trigger")
@click.argument("names", metavar="EVENT", nargs=-1, type=EventName())
@click.option(
    "--list",
    "is_list",
    is_flag=True,
    is_eager=True,
    callback=needs_no_settings,
    help="List the samples, or those that match words, such as --list reply.",
)
@click.option("--source", "with_source", is_flag=True, help="With --list: where each sample's shape comes from.")
@set_option
@add_option
@click.option(
    "--set-default",
    "defaults",
    multiple=True,
    metavar="NAME=ID",
    help="The ids that samples use: waba_id, phone_number_id, display_phone_number, business_id, page_id.",
)
@click.option("--edit", is_flag=True, help="Edit the body first, in $VISUAL or $EDITOR.")
@click.option(
    "--count",
    type=click.IntRange(1, MOST_CAPTURES),
    default=1,
    metavar="N",
    help="Send N notifications, each with ids of its own [1].",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Put N updates into one notification [1].",
)
@click.option("--no-values", is_flag=True, help="Send only the names of changed fields, as without include_values.")
@click.option(
    "--no-user-ids", is_flag=True, help="Leave out WhatsApp's business-scoped user ids, as before April 2026."
)
@click.option("--test", "is_test", is_flag=True, help="Send what the App Dashboard's Test button sends.")
@click.option("--seed", type=int, metavar="N", help="Use the same ids and times every time.")
@click.option(
    "--from", "original", type=CaptureId(), metavar="ID", help="Send a capture again, with new ids and times."
)
@click.option(
    "--fixture",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Play the steps in a JSON file, `-` for stdin.",
)
@click.option(
    "--to", metavar="URL", help="Send straight to your app: a port, HOST:PORT/PATH, or a URL [to a live run]."
)
@secret_option("With --to: file with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET, else a prompt.")
@click.option("--unsigned", is_flag=True, help="With --to: send without a signature.")
@click.option("--skip-verify", is_flag=True, help="With --to: accept any TLS certificate.")
@app_option
@pid_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a delivery, then one for the summary.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Send a sample notification to a live run, or with --to straight to your app.

    EVENT is OBJECT.FIELD or OBJECT.FIELD.VARIANT, such as page.feed.comment; see --list. Ids and times are new every
    time. A run signs it with its own secret, and captures and forwards it like any other.
    """
    if given["is_list"]:
        from hookscope.cli.trigger.sample_list import show_samples

        show_samples(" ".join(given["names"]), as_json=given["as_json"], with_source=given["with_source"])
        return ExitCode.OK
    _check(given)
    from hookscope.cli.trigger.plan import plan

    asyncio_runner.run_async(plan(ctx, given).run())
    return ExitCode.OK


def _check(given: dict[str, Any]) -> None:
    """Raise UsageError for options that contradict each other."""
    sources = [given["names"], given["original"] is not None, given["fixture"]]
    if sum(map(bool, sources)) != 1 or len(given["names"]) > 1:
        raise UsageError(
            "give one thing to send: EVENT, --from ID or --fixture FILE",
            hint="hookscope trigger page.feed.comment; see all with `hookscope trigger --list`",
        )
    if given["with_source"]:
        raise UsageError("--source needs --list", hint="hookscope trigger --list --source")
    shaped = {"batch": given["batch"] > 1, **{name: given[name] for name in ("no_values", "no_user_ids", "is_test")}}
    shaping = [name for name, is_given in shaped.items() if is_given]
    if shaping and not given["names"]:
        raise UsageError(f"{_option(shaping[0])} applies only to an EVENT", hint="leave it out")
    if given["is_test"] and (other := next((name for name in shaping if name in ("batch", "no_values")), None)):
        raise UsageError(f"--test and {_option(other)} contradict each other", hint="leave one of them out")
    if given["defaults"] and given["original"] is not None:
        raise UsageError("--set-default applies to samples; --from keeps the capture's ids", hint="use --set")
    if given["fixture"] and (given["edit"] or given["count"] > 1 or given["assignments"]):
        raise UsageError(
            "--fixture cannot be combined with --edit, --count and --set", hint="set it in the fixture's steps"
        )
    if given["adds"] and not given["assignments"]:
        raise UsageError("--add needs --set", hint="--set value.new=1 --add")
    if given["edit"] and given["count"] > 1:
        raise UsageError("--edit applies only to a single notification", hint="leave out --count")
    to_a_run = [name for name in ("app_secret_file", "unsigned", "skip_verify") if given[name] and not given["to"]]
    if to_a_run:
        raise UsageError(
            f"{_option(to_a_run[0])} needs --to; a run signs with its own secret",
            hint="leave it out, or name your app: --to 3000",
        )
    if given["unsigned"] and given["app_secret_file"]:
        raise UsageError("--unsigned and --app-secret-file contradict each other", hint="leave one of them out")


def _option(name: str) -> str:
    return f"--{name.removeprefix('is_').replace('_', '-')}"
