"""The line at the bottom: the keys that work here and now."""

from enum import StrEnum

from msgspec import Struct

from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState, ViewState
from hookscope.views.actions import ACTIONS
from hookscope.views.timeline import Timeline


class Button(Struct, frozen=True, kw_only=True):
    """Something to press: its key and label, and the action that it runs.

    When there is little room, those of the lowest `rank` are left out.
    """

    pieces: Pieces
    action: str
    rank: int = 0


class FocusedPane(StrEnum):
    """The pane that has the focus."""

    LIST = "list"
    DETAILS = "details"


def footer(
    state: ViewState, place: FocusedPane, timeline: Timeline, *, narrowed: bool = False, typing: bool = False
) -> list[Button]:
    """Return the keys in the order in which they are shown; the last number is their rank."""
    if typing:
        return [_button("keep_typed", 9), _button("forget_typed", 9)]
    if state.run_state is RunState.OVER:
        return []
    if state.run_state is RunState.STOPPING:
        return [_button("quit", 9, "leave this view") if state.attached else _button("interrupt", 9)]
    ending = _button("quit", 9, _ending(state))
    always = [_button("connection", 4), _button("help", 8), ending]
    filtering = [_button("filter", 6), _button("search", 3)]
    clear = [_button("back", 7, "clear")] if narrowed else []
    is_live = state.run_state is RunState.GOING
    trigger = [_button("trigger", 4)] if is_live else []
    if not timeline.count:
        return [*clear, *filtering, *trigger, *always] if narrowed else [*trigger, *always]
    going_on = [_button("pause", 8, "go on")] if timeline.paused else []
    replay = [_button("replay", 7)] if is_live else []
    sending = [_button("replay_to", 1), _button("edit", 2)] if is_live else []
    export = _button("export", 1)
    if place is FocusedPane.DETAILS:
        own = [_button("back", 8), _button("next_tab", 5), _button("zoom", 3)]
        return [*own, *replay, *sending, _button("copy", 6), export, *going_on, *always]
    pause = going_on or [_button("pause", 5)]
    follow = [] if timeline.following else [_button("follow", 6)]
    opening = _button("open", 8)
    mark = [_button("mark", 2), _button("compare", 0)]
    copy = _button("copy", 1)
    return [opening, *clear, *replay, *sending, *trigger, copy, export, *filtering, *mark, *follow, *pause, *always]


def _ending(state: ViewState) -> str | None:
    """Return the label of the key that ends the view or the run; None for the usual one."""
    if state.attached or state.run_state is RunState.GONE:
        return "quit"
    return "stop" if state.mirrors else None


def _button(action: str, rank: int, label: str | None = None) -> Button:
    """Return the button of an action, with another label if the moment needs one."""
    found = ACTIONS[action]
    key, usual = found.button or ("", "")
    pieces: Pieces = [(Tone.ACCENT, key), (Tone.MUTED, f" {label or usual}")]
    return Button(pieces=pieces, action=found.runs, rank=rank)
