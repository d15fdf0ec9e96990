"""`hookscope doctor`: every link of the chain, green, red with the command that fixes it, or gray with the reason."""

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import config_of, journal_of, shared_options
from hookscope.cli.confirmation import is_confirmed
from hookscope.cli.event_progress import print_event
from hookscope.cli.finding_output import marked_lines, terminal_width
from hookscope.cli.run.option import Names
from hookscope.cli.run.options import app_options, topic_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_access_tokens, read_secrets, token_options
from hookscope.errors import ExitCode, UsageError
from hookscope.formats import event_stream
from hookscope.scope import check_page
from hookscope.urls import check_endpoint_url
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.diagnosis.doctor.examination import Line
    from hookscope.diagnosis.finding import Finding

_COUNTED = {"failed": "failed", "warning": "warnings", "unknown": "unknown", "ok": "ok"}
"""The states in the summary."""

_PASSED_ON = ("app_secret_file", "page_token_file", "user_token_file", "graph_url", "graph_version")
"""Options that are passed on to the commands that fix something, if they have them."""

_NOT_ASKED = frozenset(("graph.unreachable", "graph.not-meta", "graph.outage", "graph.rate-limit"))
"""Faults that prevent a call of the Graph API, so that nothing is known about the app."""


@click.command("doctor")
@app_options
@topic_options
@token_options
@click.option(
    "--page",
    "pages",
    envvar="HOOKSCOPE_PAGE",
    show_envvar=True,
    multiple=True,
    type=Names(()),
    metavar="ID",
    help="Check this Page [all that your tokens give access to]; repeatable.",
)
@click.option("--url", metavar="URL", help="Also check this callback as Meta would.")
@click.option(
    "--verify-token",
    envvar="HOOKSCOPE_VERIFY_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="The token that the callbacks expect [a made-up one, which they should refuse].",
)
@click.option("--fix", is_flag=True, help="Run, after asking, the commands that fix red lines and can be undone.")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each finding.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Check every link of the chain, and say how to fix the broken one. Without --fix, nothing is changed.

    Exits with 8 when something is red. With --url and no app, only that URL is checked.
    """
    if given["fix"] and not given["yes"] and not sys.stdin.isatty():
        raise UsageError("--fix asks before it changes anything, but there is no terminal to ask on", hint="add --yes")
    if given["url"]:
        given["url"] = check_endpoint_url(given["url"])
    if given["url"] and not given["app_id"]:
        return _examine_url(given["url"], given["verify_token"], as_json=given["as_json"])
    return _examine_app(ctx, given)


def _examine_url(url: str, verify_token: str | None, *, as_json: bool) -> int:
    from hookscope.diagnosis.doctor.callbacks import examine_url

    finding = asyncio_runner.run_async(examine_url(url, verify_token))
    _show("url.answers", finding, as_json)
    return _code([finding])


def _examine_app(ctx: click.Context, given: Mapping[str, Any]) -> int:
    from hookscope import settings
    from hookscope.diagnosis.doctor.collector import DoctorRequest
    from hookscope.diagnosis.doctor.examination import examine

    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    if given["fields"] and not given["object"]:
        raise UsageError("--fields needs an object", hint="add --object page")
    topics = settings.topics(given["object"], given["fields"]) if given["object"] else ()
    request = DoctorRequest(
        app=read_app(given, secrets),
        secrets=secrets,
        journal=journal_of(ctx),
        wanted={topic.object: topic.fields or () for topic in topics},
        url=given["url"],
        verify_token=given["verify_token"],
        page_ids=tuple(check_page(text).id for text in given["pages"]),
        waba_id=os.environ.get("HOOKSCOPE_WABA_ID"),
    )
    lines = _report(asyncio_runner.run_async(examine(request, print_event)), given)
    if given["fix"] and _fix(ctx, lines, given):
        output.print_progress("checking again")
        lines = _report(asyncio_runner.run_async(examine(request, print_event)), given)
    return _code([line.finding for line in lines])


def _report(lines: "tuple[Line, ...]", given: Mapping[str, Any]) -> "tuple[Line, ...]":
    for line in lines:
        _show(line.check.id, line.finding, given["as_json"])
    if not given["as_json"]:
        output.print_progress(_summary(lines))
    return lines


def _fix(ctx: click.Context, lines: "Iterable[Line]", given: Mapping[str, Any]) -> bool:
    """Run the commands that fix red lines, and return whether any was run."""
    program: Any = ctx.find_root().command
    fixes = [fix for fix in dict.fromkeys(line.finding.fix for line in lines) if fix]
    agreed = [fix for fix in fixes if given["yes"] or is_confirmed(f"Run `{_typed(fix)}`?")]
    for fix in agreed:
        output.print_progress(f"running {_typed(fix)}")
        with redirect_stdout(sys.stderr):  # On stdout there are findings only.
            program.main(args=[*fix, "--yes", *_passed_on(ctx, given, fix)], standalone_mode=False)
    if not fixes:
        output.print_progress("no red line can be fixed from here")
    elif not agreed:
        output.print_note("nothing was run")
    return bool(agreed)


def _typed(fix: tuple[str, ...]) -> str:
    return sanitize(shlex.join(("hookscope", *fix)))


def _passed_on(ctx: click.Context, given: Mapping[str, Any], fix: tuple[str, ...]) -> list[str]:
    """Return those of this command's options that the other command takes too, as they were given."""
    taken = [param.name for param in _find_command(ctx, fix).params]
    values = {name.replace("_", "-"): given[name] for name in _PASSED_ON if name in taken} | {"config": config_of(ctx)}
    return [part for name, value in values.items() if value for part in (f"--{name}", value)]


def _find_command(ctx: click.Context, arguments: tuple[str, ...]) -> click.Command:
    """Return the command or subcommand that the arguments begin with."""
    found = ctx.find_root().command
    for name in arguments:
        if not isinstance(found, click.Group):
            break
        found = found.get_command(ctx, name) or found
    return found


def _show(check: str, finding: "Finding", as_json: bool) -> None:
    if as_json:
        output.write_data(event_stream.line({"check": check, **finding.as_json()}))
        return
    for line in marked_lines(finding, terminal_width(), color=output.uses_color(sys.stdout)):
        output.write_data(line)


def _summary(lines: "Iterable[Line]") -> str:
    counts = Counter(line.finding.state.value for line in lines)
    return ", ".join(f"{counts[state]} {word}" for state, word in _COUNTED.items())


def _code(findings: "Iterable[Finding]") -> int:
    found = [finding for finding in findings if finding.failed]
    if any(finding.id in _NOT_ASKED for finding in found):
        return ExitCode.GRAPH
    return ExitCode.DELIVERY if found else ExitCode.OK
