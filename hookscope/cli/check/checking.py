"""The examination of an endpoint, from the announcement to the exit code."""

import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hookscope.cli import output
from hookscope.cli.check.junit import report
from hookscope.cli.finding_output import finding_lines, mark, terminal_width, wrap
from hookscope.cli.secrets import read_secrets
from hookscope.diagnosis.endpoint.check import EndpointCheck
from hookscope.diagnosis.endpoint.examination import REACHABLE, CheckResult, examine
from hookscope.diagnosis.finding import State
from hookscope.errors import DeliveryError, HookscopeError
from hookscope.formats import event_stream
from hookscope.samples.catalog import find
from hookscope.secret_sources import Secret, SecretSources, known_app_secret
from hookscope.views.sanitize import sanitize

_WORDS = {State.OK: "passed", State.WARNING: "warned", State.FAILED: "failed", State.UNKNOWN: "not known"}
_ID_WIDTH = 29
_NARROWEST = 40
_JOINT = "\xa0"
"""A non-breaking space."""


async def run_checks(
    url: str,
    checks: Sequence[EndpointCheck],
    *,
    event: str,
    verify_token: str | None,
    app_secret_file: str | None,
    as_json: bool,
    junit: Path | None,
    repeat: str,
) -> None:
    """Make the checks and show each result; `repeat` is the command for it.

    Raises DeliveryError when one fails, and UsageError.
    """
    secrets = _secrets(app_secret_file, verify_token)
    secret, sample = known_app_secret(secrets), find(event)
    signed = "signed with the app secret" if secret else "unsigned"
    output.print_progress(
        sanitize(f"sending handshakes and made-up {sample.name} events, {signed}, to {url}; to your app they look real")
    )
    results: list[CheckResult] = []
    _show_next(checks, 0)
    async for result in examine(url, checks, sample=sample, verify_token=verify_token, secret=secret):
        results.append(result)
        output.passing(None)
        _show(result, as_json=as_json)
        _show_next(checks, len(results))
    output.passing(None)
    if junit:
        _write(junit, report(url, results))
    _conclude(repeat, results)


def _secrets(app_secret_file: str | None, verify_token: str | None) -> SecretSources:
    secrets = read_secrets(app_secret_file)
    if verify_token:
        secrets.keep_out((Secret(verify_token),))
    return secrets


def _show(result: CheckResult, *, as_json: bool) -> None:
    if as_json:
        lines = [event_stream.line(result.as_json())]
    else:
        lines = _result_lines(result, terminal_width(), color=output.uses_color(sys.stdout))
    for line in lines:
        output.write_data(output.without_secrets(line))
    output.flush()


def _result_lines(result: CheckResult, width: int | None, *, color: bool) -> list[str]:
    """Return the mark, the id, the finding, and the time; below, if it did not pass, the reason and the next step.

    They are wrapped to a width in columns if there is one.
    """
    what, *more = finding_lines(result.finding)
    is_known = result.finding.state is not State.UNKNOWN
    if not is_known:
        what, more = ": ".join((what, *more[:1])), []
    shown = f"{what} ({result.elapsed_ms:,.0f}{_JOINT}ms)" if is_known else what
    head = f"{result.finding.id:<{_ID_WIDTH}} "
    if width is not None and width < len(head) + _NARROWEST:
        lines = [head.rstrip(), *wrap(shown, width)]
    else:
        first, *rest = wrap(shown, width, " " * (2 + len(head)))
        lines = [head + first.lstrip(), *rest]
    lines[0] = f"{mark(result.finding, color=color)} {lines[0]}"
    below = [line for text in more for line in wrap(text, width)]
    return [line.replace(_JOINT, " ") for line in (*lines, *below)]


def _show_next(checks: Sequence[EndpointCheck], done: int) -> None:
    """Show which check is running."""
    if output.draws_passing() and done <= len(checks):
        title = checks[done - 1].title if done else "Is there an endpoint?"
        output.passing(f"{done}/{len(checks)}  {title}"[: shutil.get_terminal_size().columns - 1])


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(output.without_secrets(text), "utf-8")
    except OSError as error:
        raise HookscopeError(
            f"the report {file} cannot be written: {error.strerror}", hint="name another file with --junit"
        ) from error


def _conclude(repeat: str, results: Sequence[CheckResult]) -> None:
    """Print the summary. Raises DeliveryError when a check failed."""
    counts = Counter(result.finding.state for result in results)
    counted = ", ".join(f"{counts[state]} {word}" for state, word in _WORDS.items() if counts[state])
    for missing, reason in _missing(results).items():
        output.print_progress(f"{reason}\n  → {missing}")
    if not counts[State.FAILED]:
        output.print_progress(counted)
        return
    first = next(result.finding.id for result in results if result.finding.failed)
    if first == REACHABLE:
        raise DeliveryError("there is no endpoint to check", hint=f"fix that first, then: {repeat}")
    raise DeliveryError(
        f"the endpoint does not meet all of Meta's rules: {counted}",
        hint=f"fix it, then: {repeat} --only {first}",
    )


def _missing(results: Sequence[CheckResult]) -> dict[str, str]:
    """Return the options that would let more checks run, and for each what is not known without it."""
    found: dict[str, str] = {}
    for finding in (result.finding for result in results):
        if finding.state is State.UNKNOWN and finding.next_step:
            found.setdefault(finding.next_step, finding.why or finding.what)
    return found
