"""The two panels: the steps before the first notification, and the restore at the end."""

from hookscope.errors import ExitCode
from hookscope.model.run_events import Ending, Level, Phase
from hookscope.tui import cell_text
from hookscope.tui.render.header import LEVELS, MARKS, TEARDOWN
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState, ViewState
from hookscope.views.status import LinkState, LinkStatus

_DOING = {
    "log": "connecting to the shared log",
    "receiver": "opening a port",
    "tunnel": "bringing up a public URL, up to 15 s",
    "public path": "requesting itself through it",
    "registered": "Meta verifies the callback and subscribes it",
    "last event": "none yet",
}
_NAMES = {"last event": "first event"}
_ENDINGS = {
    Ending.RESTORED: ("✓", Tone.OK),
    Ending.REMOVED: ("✓", Tone.OK),
    Ending.LEFT: ("!", Tone.WARN),
    Ending.KEPT: ("!", Tone.WARN),
}
_NAME = 13


def start(state: ViewState, width: int) -> Pieces:
    """Return each step with its light, or what to do once all are done; nothing once a notification has come."""
    if state.run_state not in (RunState.EXPECTED, RunState.GOING) or state.status.notifications:
        return []
    is_live = state.status.phase is Phase.LIVE
    if is_live and not _is_broken(state):
        return [(Tone.STRONG, "Ready, waiting for the first notification\n\n"), *_next_steps(state)]
    pieces: Pieces = [(Tone.STRONG, f"{'Notifications cannot arrive' if is_live else 'Getting ready'}\n\n")]
    waiting = False
    for name, _, link in state.links[:5]:
        pieces += _step(state, name, link, width, later=waiting)
        waiting = waiting or link.light is LinkState.WAITING
    return [*pieces, (Tone.TEXT, "\n"), *_while_waiting(state)]


def ending(state: ViewState, width: int) -> Pieces:
    """Return what was put back, what still is not, and what went wrong on the way."""
    if state.run_state not in (RunState.STOPPING, RunState.OVER):
        return []
    pieces = _end_title(state)
    if state.status.reason:
        pieces += [(Tone.MUTED, f"  {cell_text.clean(state.status.reason)}\n")]
    pieces.append((Tone.TEXT, "\n"))
    restored = {str(value["object"]) for value in state.status.restored}
    for value in state.status.restored:
        mark, tone = _ENDINGS[Ending(value["ending"])]
        outcome = f"{value['ending']}: {value['reason']}"
        pieces += [
            (tone, f"  {mark} "),
            (Tone.STRONG, f"{cell_text.pad(cell_text.clean(value['object']), _NAME - 1)} "),
            (Tone.TEXT, f"{cell_text.clean(outcome)}\n"),
        ]
    for name, link in state.status.registered.items():
        if name not in restored and link.light is not LinkState.OFF:
            still = "still registered" if state.run_state is RunState.OVER else "being put back…"
            mark, tone = MARKS[LinkState.BAD if state.run_state is RunState.OVER else LinkState.WAITING]
            pieces += [
                (tone, f"  {mark} "),
                (Tone.STRONG, f"{cell_text.pad(cell_text.clean(name), _NAME - 1)} "),
                (Tone.TEXT, f"{still}\n"),
            ]
    return [*pieces, *_troubles(state), *_way_out(state)]


def _step(state: ViewState, name: str, link: LinkStatus, width: int, *, later: bool) -> Pieces:
    mark, tone = ("·", Tone.FAINT) if later else MARKS[link.light]
    if link.light is LinkState.WAITING:
        detail = "" if later else _DOING[name]
    else:
        detail = link.detail
        if name == "registered" and link.light is LinkState.OK:
            detail = "  ".join(f"{topic}: {each.detail}" for topic, each in state.status.registered.items())
        if name == "tunnel" and state.status.public_url and link.light is LinkState.OK:
            detail = f"{detail}  {state.status.public_url}"
    label = (Tone.FAINT if later else Tone.TEXT, f"{_NAMES.get(name, name):<{_NAME}}")
    shown = cell_text.cut(cell_text.clean(detail), max(width - _NAME - 5, 10))
    return [(tone, f"  {mark} "), label, (Tone.BAD if link.light is LinkState.BAD else Tone.MUTED, f"{shown}\n")]


def _is_broken(state: ViewState) -> bool:
    """Return whether a link between Meta and this run is."""
    return any(link.light is LinkState.BAD for name, _, link in state.links if name != "your app")


def _while_waiting(state: ViewState) -> Pieces:
    if _is_broken(state):
        return [(Tone.ACCENT, "i"), (Tone.MUTED, " shows the run's messages")]
    return [(Tone.MUTED, "This takes a few seconds.")]


def _next_steps(state: ViewState) -> Pieces:
    pieces: Pieces = []
    if state.has_others:
        pieces = [(Tone.ACCENT, "a"), (Tone.MUTED, " shows the captures of other runs\n\n")]
    if state.status.sandbox:
        return [*pieces, (Tone.MUTED, "The sandbox sends its first event in a moment.")]
    if state.status.log:
        return [*pieces, (Tone.MUTED, "What the relay receives from now on is shown here.")]
    if state.status.callback_url:
        pieces += [(Tone.MUTED, "callback URL\n"), (Tone.TEXT, f"{cell_text.clean(state.status.callback_url)}\n\n")]
    topic = cell_text.clean(next(iter(state.status.registered), "page"))
    return [
        *pieces,
        (Tone.ACCENT, "→ "),
        (Tone.TEXT, f"App Dashboard › Webhooks › {topic} › Test › Send to My Server\n"),
        (Tone.ACCENT, "→ "),
        (Tone.TEXT, "or the real thing: comment on the Page, or send it a message\n"),
        (Tone.ACCENT, "→ t "),
        (Tone.TEXT, "sends a sample from here, signed as Meta signs"),
    ]


def _end_title(state: ViewState) -> Pieces:
    doing, done = "Putting everything back", "Everything was put back"
    if state.mirrors:
        doing, done = "Ending", "The run is over"
    match state.status.exit_code:
        case None:
            times = "" if state.asked < 2 else f" (asked {state.asked} times)"
            return [(Tone.WARN, "◌ "), (Tone.STRONG, f"{doing}{times}\n")]
        case ExitCode.OK:
            return [(Tone.OK, "✓ "), (Tone.STRONG, f"{done}\n")]
        case ExitCode.NOT_PUT_BACK:
            return [(Tone.BAD, "✗ Not everything could be put back\n")]
        case code:
            return [(Tone.WARN, "! "), (Tone.STRONG, f"The run has ended with exit code {code}\n")]


def _troubles(state: ViewState) -> Pieces:
    pieces: Pieces = []
    for notice in state.notices()[:3]:
        level = Level(notice["level"])
        if level is not Level.INFO and state.seconds_since(notice["at"]) < 60:
            mark, tone = LEVELS[level]
            hint = f"  → {cell_text.clean(notice['hint'])}" if notice["hint"] else ""
            pieces += [
                (tone, f"  {mark} "),
                (Tone.TEXT, cell_text.clean(notice["message"])),
                (Tone.ACCENT, f"{hint}\n"),
            ]
    return pieces


def _way_out(state: ViewState) -> Pieces:
    if state.status.exit_code == ExitCode.NOT_PUT_BACK:
        return [(Tone.TEXT, "\nto try again later, type  "), (Tone.ACCENT, TEARDOWN)]
    if state.run_state is RunState.OVER:
        return []
    if state.attached:
        left = "the run ends by itself" if state.mirrors else "the run keeps putting things back"
        return [(Tone.MUTED, f"\nq leaves this view; {left}")]
    if state.status.sandbox or state.mirrors:
        return [(Tone.MUTED, "\nctrl+c again leaves at once")]
    return [
        (Tone.MUTED, "\nctrl+c again leaves at once; to put back what is then still registered, type  "),
        (Tone.ACCENT, TEARDOWN),
    ]
