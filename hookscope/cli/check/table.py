"""The result of a check as lines for a terminal."""

from hookscope.cli.finding_output import finding_lines, mark, wrap
from hookscope.diagnosis.endpoint.examination import CheckResult
from hookscope.diagnosis.finding import State

_ID_WIDTH = 29
_NARROWEST = 40
_JOINT = "\xa0"
"""A non-breaking space."""


def result_lines(result: CheckResult, width: int | None, *, color: bool) -> list[str]:
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
