"""The actions' keys as bindings of Textual."""

from textual.binding import Binding

from hookscope.views.actions import ACTIONS, KeyScope


def bindings(scope: KeyScope) -> list[Binding]:
    """Return the keys of the application, or those of a widget."""
    return [
        Binding(action.keys, action.runs, show=False, priority=action.priority, id=action.id)
        for action in ACTIONS.values()
        if action.scope is scope and action.keys
    ]
