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


def start(scene: ViewState, width: int) -> Pieces:
    """Return each step with its light and what to do next; nothing once a notification has come."""
    if scene.fate not in (RunState.EXPECTED, RunState.GOING) or scene.status.notifications:
        return []
    live = scene.status.phase is Phase.LIVE
    title = "Ready, waiting for the first notification" if live else "Getting ready"
    pieces: Pieces = [(Tone.STRONG, f"{title}\n\n")]
    waiting = False
    for name, _, link in scene.links[:5]:
        pieces += _step(scene, name, link, width, later=waiting)
        waiting = waiting or link.light is LinkState.WAITING
    return [*pieces, (Tone.TEXT, "\n"), *(_next_steps(scene) if live else _patience(scene))]


def ending(scene: ViewState, width: int) -> Pieces:
    """Return what was put back, what still is not, and what went wrong on the way."""
    if scene.fate not in (RunState.STOPPING, RunState.OVER):
        return []
    pieces = _end_title(scene)
    if scene.status.reason:
        pieces += [(Tone.MUTED, f"  {cell_text.clean(scene.status.reason)}\n")]
    pieces.append((Tone.TEXT, "\n"))
    restored = {str(value["object"]) for value in scene.status.restored}
    for value in scene.status.restored:
        mark, tone = _ENDINGS[Ending(value["ending"])]
        outcome = f"{value['ending']}: {value['reason']}"
        pieces += [
            (tone, f"  {mark} "),
            (Tone.STRONG, f"{cell_text.pad(cell_text.clean(value['object']), _NAME - 1)} "),
            (Tone.TEXT, f"{cell_text.clean(outcome)}\n"),
        ]
    for name, link in scene.status.registered.items():
        if name not in restored and link.light is not LinkState.OFF:
            still = "still registered" if scene.fate is RunState.OVER else "being put back…"
            mark, tone = MARKS[LinkState.BAD if scene.fate is RunState.OVER else LinkState.WAITING]
            pieces += [
                (tone, f"  {mark} "),
                (Tone.STRONG, f"{cell_text.pad(cell_text.clean(name), _NAME - 1)} "),
                (Tone.TEXT, f"{still}\n"),
            ]
    return [*pieces, *_troubles(scene), *_way_out(scene)]


def _step(scene: ViewState, name: str, link: LinkStatus, width: int, *, later: bool) -> Pieces:
    mark, tone = ("·", Tone.FAINT) if later else MARKS[link.light]
    if link.light is LinkState.WAITING:
        detail = "" if later else _DOING[name]
    else:
        detail = link.detail
        if name == "registered" and link.light is LinkState.OK:
            detail = "  ".join(f"{topic}: {each.detail}" for topic, each in scene.status.registered.items())
        if name == "tunnel" and scene.status.public_url and link.light is LinkState.OK:
            detail = f"{detail}  {scene.status.public_url}"
    label = (Tone.FAINT if later else Tone.TEXT, f"{_NAMES.get(name, name):<{_NAME}}")
    shown = cell_text.cut(cell_text.clean(detail), max(width - _NAME - 5, 10))
    return [(tone, f"  {mark} "), label, (Tone.BAD if link.light is LinkState.BAD else Tone.MUTED, f"{shown}\n")]


def _patience(scene: ViewState) -> Pieces:
    if any(link.light is LinkState.BAD for _, _, link in scene.links):
        return [(Tone.ACCENT, "i"), (Tone.MUTED, " shows the run's messages")]
    return [(Tone.MUTED, "This takes a few seconds.")]


def _next_steps(scene: ViewState) -> Pieces:
    pieces: Pieces = []
    if scene.has_others:
        pieces = [(Tone.ACCENT, "a"), (Tone.MUTED, " shows the captures of other runs\n\n")]
    if scene.status.sandbox:
        return [*pieces, (Tone.MUTED, "The sandbox sends its first event in a moment.")]
    if scene.status.log:
        return [*pieces, (Tone.MUTED, "What the relay receives from now on is shown here.")]
    if scene.status.callback_url:
        pieces += [(Tone.MUTED, "callback URL\n"), (Tone.TEXT, f"{cell_text.clean(scene.status.callback_url)}\n\n")]
    topic = cell_text.clean(next(iter(scene.status.registered), "page"))
    return [
        *pieces,
        (Tone.ACCENT, "→ "),
        (Tone.TEXT, f"App Dashboard › Webhooks › {topic} › Test › Send to My Server\n"),
        (Tone.ACCENT, "→ "),
        (Tone.TEXT, "or the real thing: comment on the Page, or send it a message\n"),
        (Tone.ACCENT, "→ t "),
        (Tone.TEXT, "sends a sample from here, signed as Meta signs"),
    ]


def _end_title(scene: ViewState) -> Pieces:
    doing, done = "Putting everything back", "Everything was put back"
    if scene.mirrors:
        doing, done = "Ending", "The run is over"
    match scene.status.exit_code:
        case None:
            times = "" if scene.asked < 2 else f" (asked {scene.asked} times)"
            return [(Tone.WARN, "◌ "), (Tone.STRONG, f"{doing}{times}\n")]
        case ExitCode.OK:
            return [(Tone.OK, "✓ "), (Tone.STRONG, f"{done}\n")]
        case ExitCode.NOT_PUT_BACK:
            return [(Tone.BAD, "✗ Not everything could be put back\n")]
        case code:
            return [(Tone.WARN, "! "), (Tone.STRONG, f"The run has ended with exit code {code}\n")]


def _troubles(scene: ViewState) -> Pieces:
    pieces: Pieces = []
    for notice in scene.notices()[:3]:
        level = Level(notice["level"])
        if level is not Level.INFO and scene.seconds_since(notice["at"]) < 60:
            mark, tone = LEVELS[level]
            hint = f"  → {cell_text.clean(notice['hint'])}" if notice["hint"] else ""
            pieces += [
                (tone, f"  {mark} "),
                (Tone.TEXT, cell_text.clean(notice["message"])),
                (Tone.ACCENT, f"{hint}\n"),
            ]
    return pieces


def _way_out(scene: ViewState) -> Pieces:
    if scene.status.exit_code == ExitCode.NOT_PUT_BACK:
        return [(Tone.TEXT, "\nto try again later, type  "), (Tone.ACCENT, TEARDOWN)]
    if scene.fate is RunState.OVER:
        return []
    if scene.attached:
        left = "the run ends by itself" if scene.mirrors else "the run keeps putting things back"
        return [(Tone.MUTED, f"\nq leaves this view; {left}")]
    if scene.status.sandbox or scene.mirrors:
        return [(Tone.MUTED, "\nctrl+c again leaves at once")]
    return [
        (Tone.MUTED, "\nctrl+c again leaves at once; to put back what is then still registered, type  "),
        (Tone.ACCENT, TEARDOWN),
    ]
