"""The result of a check as lines for a terminal."""

import textwrap

from hookscope.cli.finding_output import finding_lines, mark
from hookscope.diagnosis.endpoint.examination import CheckResult
from hookscope.diagnosis.finding import State

_ID_WIDTH = 29
_INDENT = " " * 4
_NARROWEST = 40
_JOINT = "\xa0"
"""A blank at which no line ends."""


def result_lines(result: CheckResult, width: int, *, color: bool) -> list[str]:
    """Return the mark, the id, what was found, and the time; below, for what is not right, why and the next step."""
    what, *more = finding_lines(result.finding)
    is_known = result.finding.state is not State.UNKNOWN
    if not is_known:
        what, more = ": ".join((what, *more[:1])), []
    told = f"{what} ({result.elapsed_ms:,.0f}{_JOINT}ms)" if is_known else what
    head = f"{result.finding.id:<{_ID_WIDTH}} "
    room = max(width, _NARROWEST)
    if room < len(head) + _NARROWEST:
        lines = [head.rstrip(), *_wrap(told, room, _INDENT)]
    else:
        first, *rest = _wrap(told, room - 2 - len(head), "")
        lines = [head + first, *(" " * (2 + len(head)) + line for line in rest)]
    lines[0] = f"{mark(result.finding, color=color)} {lines[0]}"
    below = [line for text in more for line in _wrap(text, room, _INDENT)]
    return [*lines, *below]


def _wrap(text: str, width: int, indent: str) -> list[str]:
    lines = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_JOINT, " ") for line in lines] or [""]
