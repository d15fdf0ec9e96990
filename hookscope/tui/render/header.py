"""The lines above the list: the run, the lights of the chain, and alerts."""

from hookscope.model.run_events import Level, Phase
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.view_state import RunState, ViewState
from hookscope.views.actions import ACTIONS
from hookscope.views.rate import rate_text as rate_in_words
from hookscope.views.rate import sparkline
from hookscope.views.status import LinkState, LinkStatus

MARKS = {
    LinkState.OK: ("✓", Tone.OK),
    LinkState.BAD: ("✗", Tone.BAD),
    LinkState.WAITING: ("◌", Tone.WARN),
    LinkState.OFF: ("·", Tone.FAINT),
}
LEVELS = {
    Level.INFO: ("›", Tone.ACCENT),
    Level.WARNING: ("!", Tone.WARN),
    Level.ERROR: ("✗", Tone.BAD),
}
TEARDOWN = "hookscope teardown"

_PHASES = {
    Phase.STARTING: ("◌ starting", Tone.WARN),
    Phase.LIVE: ("● live", Tone.OK),
    Phase.STOPPING: ("◌ stopping", Tone.WARN),
    Phase.STOPPED: ("○ over", Tone.MUTED),
}
_NOTICE_SECONDS = 10
_BRIEF = {"public path": "public", "last event": "event"}
_LONGEST_DETAIL = 20
_ROOM_FOR_RATE = 100


def header(state: ViewState, width: int) -> Pieces:
    """Return name, phase, app, subscriptions, and whether this is only the sandbox."""
    status = state.status
    right: Pieces = [(Tone.BADGE, "SANDBOX")] if status.sandbox else []
    if state.attached:
        right = [(Tone.MUTED, "attached  " if right else "attached"), *right]
    left: Pieces = [(Tone.STRONG, "hookscope"), (Tone.TEXT, "  "), _phase(state)]
    if status.app_id:
        left += [(Tone.MUTED, "  log " if status.log else "  app "), (Tone.TEXT, cell_text.clean(status.app_id))]
    if state.rate and width >= _ROOM_FOR_RATE:
        graph = [(Tone.ACCENT, sparkline(state.rate)), (Tone.MUTED, f" {rate_in_words(state.rate)}")]
        right = [*graph, (Tone.TEXT, "  "), *right] if right else graph
    room = width - extent(left) - extent(right) - 4
    if room >= 8 and status.registered:
        shown = "  ".join(_subscribed(name, link) for name, link in status.registered.items())
        left += [(Tone.TEXT, "  "), (Tone.ACCENT, cell_text.cut(cell_text.clean(shown), room))]
    return [*left, (Tone.TEXT, " " * max(width - extent(left) - extent(right), 1)), *right]


def lights(state: ViewState, width: int) -> Pieces:
    """Return the chain from Meta to the application, as detailed as there is room whatever its ages become."""
    if not state.has_status and not state.lost:
        return [(Tone.MUTED, "waiting for the run…")]
    forms = (_full, _named, _brief, _short, _shortest)
    for form in forms:
        parts = [form(state, *link) for link in state.links]
        gap = " │ " if form is _full else "   " if form is _named else "  "
        pieces = _join(parts, gap)
        if extent(pieces) + _growth(parts) <= width:
            return pieces
    return _join(parts, " ")


def _growth(parts: list[Pieces]) -> int:
    """Return how many cells longer the ages may become: a form that gives way at `10s` would return at `1m`."""
    return sum(max(len(" 59s") - len(age), 0) for *_, (tone, age) in parts if tone is Tone.FAINT and age)


def alert(state: ViewState, width: int) -> Pieces:
    """Return the current alert: first the answer to the user's last action, then the worst; usually nothing."""
    if state.said:
        return [*state.said]
    if state.run_state is RunState.GONE:
        return _gone(state)
    if state.run_state is not RunState.GOING:
        return []
    for notice in state.notices()[:1]:
        if state.seconds_since(notice["at"]) < _NOTICE_SECONDS:
            mark, tone = LEVELS[Level(notice["level"])]
            hint = f"  → {cell_text.clean(notice['hint'])}" if notice["hint"] else ""
            return [(tone, f"{mark} "), (Tone.TEXT, cell_text.clean(notice["message"])), (Tone.ACCENT, hint)]
    for name, _, link in state.links:
        if name != "last event" and link.light is LinkState.BAD:
            detail = f": {cell_text.clean(link.described)}" if link.detail else ""
            return [(Tone.BAD, f"✗ {name}"), (Tone.TEXT, detail), (Tone.ACCENT, "  i shows more")]
    return _welcome(width) if state.is_new else []


def _welcome(width: int) -> Pieces:
    key, _ = ACTIONS["help"].button or ("?", "")
    short: Pieces = [(Tone.MUTED, "first time here?  "), (Tone.ACCENT, key), (Tone.MUTED, " explains keys and marks")]
    full: Pieces = [*short, (Tone.MUTED, ", "), (Tone.ACCENT, "ctrl+p"), (Tone.MUTED, " finds every command")]
    return full if extent(full) <= width else short


def _gone(state: ViewState) -> Pieces:
    if not state.has_status:
        return [
            (Tone.BAD, "✗ no run answers here"),
            (Tone.TEXT, ": the history is still readable; "),
            (Tone.ACCENT, "q quits"),
        ]
    if state.status.sandbox:
        return [
            (Tone.BAD, "✗ the run's process died"),
            (Tone.TEXT, ", and its sandbox with it: nothing is received.  → press "),
            (Tone.ACCENT, "q"),
        ]
    if state.status.log:
        return [
            (Tone.BAD, "✗ the run's process died"),
            (Tone.TEXT, ": the log keeps what comes; start the run again.  → press "),
            (Tone.ACCENT, "q"),
        ]
    return [
        (Tone.BAD, "✗ the run's process died"),
        (
            Tone.TEXT,
            ": its subscriptions are still registered, and nothing is received.  → press q, then type ",
        ),
        (Tone.ACCENT, TEARDOWN),
    ]


def _phase(state: ViewState) -> tuple[Tone, str]:
    match state.run_state:
        case RunState.EXPECTED:
            return Tone.WARN, "◌ connecting"
        case RunState.GONE:
            return Tone.BAD, "✗ gone"
        case RunState.STOPPING:
            text, tone = _PHASES[Phase.STOPPING]
        case _:
            text, tone = _PHASES[state.status.phase]
    return tone, text


def _subscribed(name: str, link: LinkStatus) -> str:
    return f"{name}: {link.detail}" if link.light is LinkState.OK and link.detail else name


def _mark(state: ViewState, link: LinkStatus) -> tuple[Tone, str]:
    if state.run_state is RunState.GONE:
        return Tone.MUTED, "? "
    mark, tone = MARKS[link.light]
    return tone, f"{mark} "


def _tone(state: ViewState, link: LinkStatus) -> Tone:
    return Tone.BAD if link.light is LinkState.BAD and state.run_state is not RunState.GONE else Tone.TEXT


def _full(state: ViewState, name: str, _: str, link: LinkStatus) -> Pieces:
    detail = cell_text.cut(cell_text.clean(link.detail.removeprefix("http://127.0.0.1")), _LONGEST_DETAIL)
    return [
        _mark(state, link),
        (_tone(state, link), name),
        (Tone.MUTED, f" {detail}" if detail else ""),
        (Tone.WARN, f" {link.waits}" if link.waits else ""),
        (Tone.FAINT, f" {state.age(link.at)}" if link.at else ""),
    ]


def _named(state: ViewState, name: str, _: str, link: LinkStatus) -> Pieces:
    if link.waits:
        return [_mark(state, link), (_tone(state, link), name), (Tone.WARN, f" {link.waits}")]
    age = f" {state.age(link.at)}" if link.at else ""
    return [_mark(state, link), (_tone(state, link), name), (Tone.FAINT, age)]


def _brief(state: ViewState, name: str, short: str, link: LinkStatus) -> Pieces:
    return _named(state, _BRIEF.get(name, name), short, link)


def _short(state: ViewState, _: str, short: str, link: LinkStatus) -> Pieces:
    return _named(state, short, short, link)


def _shortest(state: ViewState, name: str, short: str, link: LinkStatus) -> Pieces:
    if link.waits:
        return [_mark(state, link), (_tone(state, link), short), (Tone.WARN, f" {link.waits.removesuffix('ing')}")]
    if name == "last event" or link.light is LinkState.BAD:
        return _named(state, short, short, link)
    return [_mark(state, link), (Tone.TEXT, short)]


def _join(parts: list[Pieces], gap: str) -> Pieces:
    joined: Pieces = []
    for part in parts:
        joined += [(Tone.FAINT, gap), *part] if joined else part
    return joined
