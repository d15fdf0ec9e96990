"""The texts of the help and of the connection panel."""

from collections.abc import Sequence

from hookscope.model.run_events import Level
from hookscope.tui import cell_text
from hookscope.tui.render.footer import FocusedPane
from hookscope.tui.render.header import LEVELS, MARKS
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.view_state import ViewState
from hookscope.views.actions import Group, help_lines
from hookscope.views.duration import duration
from hookscope.views.status import LinkState, LinkStatus, Status

_MARKS = (
    ("✓ ✗", "signature valid, invalid"),
    ("!  ?", "signature missing, not checked: no secret known"),
    ("◆ ✎", "marked by you; with a note"),
    ("▾ ▸", "a batch or a message's statuses, unfolded, folded"),
    ("↺ 2nd of #9", "sent again: all of it came in #9; ~#9 some of it"),
    ("⇅ 40s late", "came after an event that happened 40 s later"),
    ("↻#9", "a replay of #9"),
    ("@345", "its number in the team's log, the same for everybody"),
    ("test echo", "by the dashboard's Test button; by the account itself"),
    ("ACK LAG", "time until Meta had its answer; event to arrival"),
    ("APP", "your app's answer; empty: not sent to it"),
    ("·", "not sent yet: on its way, or no route matches it"),
    ("faint", "from another run, or a stray that is not from Meta"),
)
Sections = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Titles, each with its rows: keys or marks, and their meaning."""

_LABEL = 13
_TIME = 11
_NARROWEST = 8
"""Columns for what hangs in one: before anything is laid out there may be none."""
_GAP = 3


def help_text(place: FocusedPane, state: ViewState, width: int) -> Pieces:
    """Return the keys of the focused pane, and the marks, in two columns if there is room."""
    own, other = (Group.LIST, Group.DETAILS) if place is FocusedPane.LIST else (Group.DETAILS, Group.LIST)
    left, right = [_section(own, state), _section(Group.RUN, state)], [_section(Group.CAPTURE, state)]
    below = [("Marks", [*_MARKS])] if place is FocusedPane.LIST else []
    pointer: Pieces = [(Tone.ACCENT, "tab"), (Tone.MUTED, f" and then ? shows the keys of {other.lower()}\n")]
    return [*_abreast(left, right, width), *_column(below, width), (Tone.TEXT, "\n"), *pointer]


def _section(group: Group, state: ViewState) -> tuple[str, list[tuple[str, str]]]:
    explanation_now = {"quit": "leave, or stop the run"} if state.attached else {}
    return group, [(keys, explanation_now.get(action, explanation)) for action, keys, explanation in help_lines(group)]


def _abreast(first: Sections, second: Sections, width: int) -> Pieces:
    """Return sections in two columns, or one below the other when there is little room."""
    left, right = (_lines(_column(sections, width)) for sections in (first, second))
    half = max(map(extent, left)) + _GAP
    if half + max(map(extent, right)) > width:
        return [*_column([*first, *second], width), (Tone.TEXT, "\n")]
    pieces: Pieces = []
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else []
        beside = right[number] if number < len(right) else []
        pieces += [*one, (Tone.TEXT, " " * (half - extent(one))), *beside, (Tone.TEXT, "\n")]
    return pieces


def connection(state: ViewState, width: int) -> Pieces:
    """Return each link in full with its age, the addresses, and the run's notices."""
    status = state.status
    pieces: Pieces = []
    for name, _, link in state.links:
        if name != "registered":
            pieces += _link(state, name, link, width)
        elif not status.registered:
            pieces += _link(state, "registered", LinkStatus(), width)
        else:
            for topic, subscribed in status.registered.items():
                pieces += _link(state, cell_text.clean(topic), subscribed, width)
    pieces.append((Tone.TEXT, "\n"))
    addresses = [
        ("public URL", status.public_url),
        ("callback URL", status.callback_url),
        ("forward to", ", ".join(status.targets)),
        ("log" if status.log else "app", status.app_id),
        ("received", _received(status)),
    ]
    for name, value in addresses:
        if value:
            pieces.append((Tone.MUTED, f"{name:<{_LABEL + 2}}"))
            pieces += hanging([(Tone.TEXT, cell_text.clean(value))], _LABEL + 2, width)
    return [*pieces, (Tone.TEXT, "\n"), *_said(state, width)]


def _received(status: Status) -> str:
    notifications = f"{status.notifications:,} notification{'' if status.notifications == 1 else 's'}"
    return f"{notifications}, {status.captures:,} request{'' if status.captures == 1 else 's'} in all"


def _link(state: ViewState, name: str, link: LinkStatus, width: int) -> Pieces:
    mark, tone = ("?", Tone.MUTED) if state.lost else MARKS[link.light]
    detail = cell_text.clean(link.described) or {LinkState.WAITING: "not yet", LinkState.OFF: "off"}.get(link.light, "")
    if link.elapsed_ms is not None:
        answer, comma, held = detail.partition(",")
        detail = f"{answer} in {duration(link.elapsed_ms)}{comma}{held}"
    age = f"  {state.age(link.at)} ago" if link.at else ""
    return [
        (tone, f"{mark} "),
        (Tone.STRONG, f"{cell_text.pad(name, _LABEL - 1)} "),
        *hanging(
            [(Tone.BAD if link.light is LinkState.BAD else Tone.TEXT, detail), (Tone.FAINT, age)], _LABEL + 2, width
        ),
    ]


def hanging(pieces: Pieces, indent: int, width: int) -> Pieces:
    """Return pieces with a hanging indent at that column, ended by a line break."""
    found: Pieces = []
    room = max(width - indent, _NARROWEST)
    left = room
    for tone, text in pieces:
        head, *others = cell_text.fold(text, left, room)
        found.append((tone, head))
        left -= cell_text.width(head)
        for part in others:
            found.append((tone, f"\n{' ' * indent}{part.lstrip()}"))
            left = room - cell_text.width(part.lstrip())
    return [*found, (Tone.TEXT, "\n")]


def _said(state: ViewState, width: int) -> Pieces:
    pieces: Pieces = [(Tone.STRONG, "Messages of the run\n")]
    for notice in state.notices():
        mark, tone = LEVELS[Level(notice["level"])]
        pieces += [(Tone.FAINT, f"{state.time_of(notice['at'])} "), (tone, f"{mark} ")]
        explanation: Pieces = [(Tone.TEXT, cell_text.clean(notice["message"]))]
        if notice["hint"]:
            explanation.append((Tone.ACCENT, f"  → {cell_text.clean(notice['hint'])}"))
        pieces += hanging(explanation, _TIME, width)
    return pieces if state.notices() else [*pieces, (Tone.MUTED, "nothing so far\n")]


def _column(sections: Sections, width: int) -> Pieces:
    pieces: Pieces = []
    for title, rows in sections:
        pieces += [*([(Tone.TEXT, "\n")] if pieces else []), (Tone.STRONG, f"{title}\n")]
        label = max(_LABEL, *(cell_text.width(name) + 3 for name, _ in rows))
        for name, meaning in rows:
            shown = cell_text.pad(name, label - 2)
            pieces += [(Tone.ACCENT, f"  {shown}"), *hanging([(Tone.TEXT, meaning)], label, width)]
    return pieces


def _lines(pieces: Pieces) -> list[Pieces]:
    lines: list[Pieces] = [[]]
    for tone, text in pieces:
        lines[-1].append((tone, text.rstrip("\n")))
        if text.endswith("\n"):
            lines.append([])
    return lines
