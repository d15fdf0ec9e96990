"""The live run that a command is meant for, and the options that choose it."""

from collections.abc import Sequence

import click
from click.core import ParameterSource

from hookscope import run_registry
from hookscope.errors import UsageError
from hookscope.run_registry import LiveRun

app_option = click.option(
    "--app-id",
    envvar="HOOKSCOPE_APP_ID",
    show_envvar=True,
    metavar="ID",
    help="The run of that app, when several are live.",
)
pid_option = click.option("--pid", type=int, metavar="PID", help="The run with that process id.")


def select_run(command: str, *, app_id: str | None, pid: int | None, hint: str) -> LiveRun:
    """Return the one live run that is meant. Raises UsageError when there is none, with `hint`, or several.

    An app id that is not from the command line only chooses among several: that of a sandbox is another one. Raises
    HookscopeError when the run does not answer.
    """
    live = run_registry.find()
    found = [one for one in live if pid in (None, one.pid)]
    if app_id:
        of_app = [one for one in found if one.app_id == app_id]
        found = of_app if of_app or _is_typed("app_id") else found
    if not found:
        raise UsageError("no run is live" + _narrowed(app_id, pid), hint=_choice(command, live) if live else hint)
    if len(found) > 1:
        others = ", ".join(f"{run.pid} (app {run.app_id}: {', '.join(run.objects)})" for run in found)
        raise UsageError(f"several runs are live: {others}", hint=_choice(command, found))
    run_registry.check_answers(found[0])
    return found[0]


def _is_typed(parameter: str) -> bool:
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.COMMANDLINE


def _choice(command: str, live: Sequence[LiveRun]) -> str:
    return f"choose one: {command} --pid {live[-1].pid}"


def _narrowed(app_id: str | None, pid: int | None) -> str:
    if pid is not None:
        return f" with the process id {pid}"
    return f" on app {app_id}" if app_id else ""
