"""The line at the bottom: the keys that do something here and now."""

from dataclasses import dataclass
from enum import StrEnum

from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState, ViewState
from hookscope.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something to press: what it looks like, and the action of the application that it runs.

    Where there is little room, those of the lowest `rank` give way.
    """

    pieces: Pieces
    action: str
    rank: int = 0


class FocusedPane(StrEnum):
    """Where the reader is."""

    LIST = "list"
    DETAILS = "details"


def footer(scene: ViewState, place: FocusedPane, timeline: Timeline, *, narrowed: bool = False) -> list[Button]:
    """The keys in the order in which they are shown; the last number is how much each is needed."""
    if scene.fate is RunState.OVER:
        return []
    if scene.fate is RunState.STOPPING:
        again = _key("ctrl+c", "leave at once", "interrupt", 9)
        return [_key("q", "leave this view", "quit", 9)] if scene.attached else [again]
    leaving = scene.attached or scene.fate is RunState.GONE
    ending = _key("q", "quit" if leaving else "stop & put back", "quit", 9)
    always = [_key("i", "connection", "connection", 4), _key("?", "help", "help", 8), ending]
    filtering = [_key("f", "filter", "filter", 6), _key("/", "search", "search", 3)]
    clear = [_key("esc", "clear", "back", 7)] if narrowed else []
    is_live = scene.fate is RunState.GOING
    trigger = [_key("t", "trigger", "trigger", 4)] if is_live else []
    if not timeline.count:
        return [*clear, *filtering, *trigger, *always] if narrowed else [*trigger, *always]
    paused = timeline.paused
    replay = [_key("r", "replay", "replay", 7)] if is_live else []
    sending = [_key("R", "replay to…", "replay_to", 1), _key("e", "edit", "edit", 2)] if is_live else []
    export = _key("x", "export", "export", 1)
    if place is FocusedPane.DETAILS:
        own = [_key("esc", "back", "back", 8), _key("1-4", "tabs", "next_tab", 5), _key("enter", "zoom", "zoom", 3)]
        return [*own, *replay, *sending, _key("y", "copy", "copy", 6), export, *always]
    pause = _key("space", "go on" if paused else "pause", "pause", 8 if paused else 5)
    follow = [] if timeline.following else [_key("F", "follow", "follow", 6)]
    opening = _key("enter", "details", "open", 8)
    mark = [_key("m", "mark", "mark", 2), _key("=", "compare", "compare", 0)]
    copy = _key("y", "copy", "copy", 1)
    return [opening, *clear, *replay, *sending, *trigger, copy, export, *filtering, *mark, *follow, pause, *always]


def typing() -> list[Button]:
    """The keys while a filter or a search is typed."""
    return [_key("enter", "keep it", "close_prompt(True)", 9), _key("esc", "as it was", "close_prompt(False)", 9)]


def _key(key: str, label: str, action: str, rank: int) -> Button:
    return Button(pieces=[(Tone.ACCENT, key), (Tone.MUTED, f" {label}")], action=action, rank=rank)
