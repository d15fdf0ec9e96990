"""The entries of the command palette."""

from collections.abc import Iterator

from hookscope.views.actions import ACTIONS, Action


def entries(*, is_dark: bool, leaves: bool) -> Iterator[tuple[Action, str, str]]:
    """Yield the actions of the palette, each with its current title and explanation.

    `leaves` is true if the end of this view does not end the run.
    """
    now = {"switch_colors": ("Light colors" if is_dark else "Dark colors", "Switch between light and dark")}
    if leaves:
        now["quit"] = ("Quit", "Leave this view, or stop the run")
    for action in ACTIONS.values():
        if action.command:
            yield action, *now.get(action.id, action.command)
