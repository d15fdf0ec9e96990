"""The run that a command is meant for."""

from hookscope import run_registry
from hookscope.errors import UsageError
from hookscope.run_registry import LiveRun


def select_run(command: str, *, app_id: str | None, pid: int | None, hint: str) -> LiveRun:
    """Return the one live run that is meant. Raises UsageError when there is none, with `hint`, or several.

    Raises HookscopeError when it does not answer.
    """
    found = [one for one in run_registry.find() if (not app_id or one.app_id == app_id) and pid in (None, one.pid)]
    if not found:
        raise UsageError("no run is live" + _narrowed(app_id, pid), hint=hint)
    if len(found) > 1:
        others = ", ".join(f"{run.pid} (app {run.app_id}: {', '.join(run.objects)})" for run in found)
        raise UsageError(f"several runs are live: {others}", hint=f"choose one: {command} --pid {found[-1].pid}")
    run_registry.check_answers(found[0])
    return found[0]


def _narrowed(app_id: str | None, pid: int | None) -> str:
    if pid is not None:
        return f" with the process id {pid}"
    return f" on app {app_id}" if app_id else ""
