"""The actions of the screen, one entry each.

They serve keys, command palette, footer, help, and `[keys]` in a settings file.
"""

from collections.abc import Iterator, Mapping

from hookscope.views.actions.action import Action, Group, KeyScope
from hookscope.views.actions.capture import CAPTURE
from hookscope.views.actions.list import LIST
from hookscope.views.actions.run import RUN

__all__ = ["ACTIONS", "Action", "Group", "KeyScope", "help_lines"]

ACTIONS = {action.id: action for action in (*LIST, *CAPTURE, *RUN)}


def help_lines(group: Group, actions: Mapping[str, Action] = ACTIONS) -> Iterator[tuple[str, str, str]]:
    """Yield the lines of a section of the help: action, keys and meaning."""
    return ((action.id, *action.help[1:]) for action in actions.values() if action.help and action.help[0] is group)
