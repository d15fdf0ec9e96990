"""The tools that read captures: list, show, and compare."""

from typing import Annotated

from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Term, parse
from hookscope.mcp.access import Access
from hookscope.mcp.results import CaptureDetail, CaptureDiff, CapturePage
from hookscope.mcp.shaping import detailed, event_lines, listed
from hookscope.mcp.untrusted import bounded, clean, redacted
from hookscope.model.capture_id import CaptureName, SharedNumber
from hookscope.model.record import Capture
from hookscope.services.captures import CaptureDetails, captures_by_id, find_id, newest_captures, read_details
from hookscope.views.diff import DiffLine, Mark, diff

_LISTED = 20
_LONGEST_FILTER = 2_000
MOST_LISTED = 100
_MOST_LINES = 200
_MOST_LINE = 300

CaptureId = Annotated[CaptureName, "id of a capture, as list_captures gives it, or its number in a team's log, @345"]


def list_captures(
    access: Access,
    filter: Annotated[  # noqa: A002 - it is the argument's name on the wire
        str,
        "terms that all match, such as `field:feed sig:invalid since:1h`; or, not, parentheses; kind:, object:, field:,"
        " from:, entry:, sig:, status:, id:10..20, is:duplicate|replay|test|batch|marked, since:10m,"
        " on:2026-11-30|today|yesterday, app:5xx, $.path==value, words",
    ] = "",
    limit: Annotated[int, "the largest number to return, 1 to 100"] = _LISTED,
    before_id: Annotated[int, "only captures with a smaller id, for the next page; 0 for the newest"] = 0,
) -> CapturePage:
    """List captured requests, the newest first: handshakes, notifications with their events, and strays."""
    if not 1 <= limit <= MOST_LISTED:
        raise UsageError(
            f"limit {limit} is not between 1 and {MOST_LISTED}",
            hint="narrow it down with filter, or read on with before_id",
        )
    if len(filter) > _LONGEST_FILTER:
        raise UsageError(
            f"the filter has {len(filter):,} characters, and at most {_LONGEST_FILTER:,} are read",
            hint="look for less at once, in several calls",
        )
    found = newest_captures(access.journal, _before(parse(filter), before_id), since=None, most=limit + 1)[::-1]
    shown = found[:limit]
    texts = [event_lines(capture) for capture in shown]
    lines = iter(clean([line for several in texts for line in several], access))
    return CapturePage(
        captures=[
            listed(capture, [next(lines) for _ in several]) for capture, several in zip(shown, texts, strict=True)
        ],
        next_before_id=shown[-1].id if len(found) > limit else None,
    )


def show_capture(access: Access, capture_id: CaptureId) -> CaptureDetail:
    """Show one capture: request with headers and body, verdicts, deliveries with the app's answers."""
    details = details_of(access, capture_id)
    return detailed(redacted([details.capture], access)[0], details, details.fetched)


def diff_captures(access: Access, left_id: CaptureId, right_id: CaptureId) -> CaptureDiff:
    """Compare two captures: bodies value by value, and headers."""
    left, right = redacted(_both(access, id_of(access, left_id), id_of(access, right_id)), access)
    found = diff(left, right)
    lines = [_line(line) for line in (*found.body, *found.headers) if line.mark is not Mark.SAME]
    return CaptureDiff(
        changed=found.count(Mark.CHANGED),
        expected=found.count(Mark.EXPECTED),
        removed=found.count(Mark.REMOVED),
        added=found.count(Mark.ADDED),
        untrusted_lines=lines[:_MOST_LINES],
        is_cut=len(lines) > _MOST_LINES,
    )


def details_of(access: Access, capture_id: CaptureName) -> CaptureDetails:
    """Return everything known about a capture. Raises UsageError when it does not exist."""
    number = id_of(access, capture_id)
    if details := read_details(access.journal, number):
        return details
    raise _missing(number)


def id_of(access: Access, name: CaptureName) -> int:
    """Return the id of a capture of that name. Raises UsageError for an entry of a team's log that is not here."""
    return find_id(access.journal, name) if isinstance(name, SharedNumber) else name


def _both(access: Access, left_id: int, right_id: int) -> list[Capture]:
    found = captures_by_id(access.journal, (left_id, right_id))
    for capture_id in (left_id, right_id):
        if capture_id not in [capture.id for capture in found]:
            raise _missing(capture_id)
    return found


def _missing(capture_id: int) -> UsageError:
    return UsageError(f"there is no capture #{capture_id}", hint="see list_captures for the ids")


def _before(wanted: Filter, before_id: int) -> Filter:
    return And((wanted, Term("id", f"1..{before_id - 1}"))) if before_id > 1 else wanted


def _line(line: DiffLine) -> str:
    where = ".".join(map(str, line.path))
    sides = " → ".join(side for side in (line.left, line.right) if side is not None)
    return bounded(f"{line.mark} {where}: {sides}", _MOST_LINE) if where else f"{line.mark} {line.name}"
