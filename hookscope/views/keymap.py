"""The user's own keys for the actions of the screen."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.meta.catalog import nearest
from hookscope.views.actions import ACTIONS, Action, KeyScope

_FIXED = ("interrupt", "commands", "other_pane")
"""Actions whose keys are fixed, by the framework or for safety."""

_NAMES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "return": "enter"}
_KNOWN = {"backspace", "delete", "down", "end", "enter", "escape", "home", "insert", "left", "pagedown", "pageup"}
_KNOWN |= {"right", "space", "tab", "up", *(f"f{number}" for number in range(1, 25))}
_PUNCTUATION = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus"}
_PUNCTUATION |= {"plus_sign": "plus", "low_line": "underscore"}
_EXAMPLES = "j, G, /, f5, enter, pgup, ctrl+k"
_MODIFIERS = re.compile(r"((?:(?:ctrl|alt|shift)\+)*)(.+)", re.DOTALL)
_OVERLAPS = {KeyScope.DETAILS: {KeyScope.PAGE}, KeyScope.PAGE: {KeyScope.DETAILS}}


def rebound(keys: Mapping[str, str], actions: Mapping[str, Action] = ACTIONS) -> dict[str, Action]:
    """Return the actions with changed keys. `keys` maps ids to keys, separated by blanks; an empty text removes all.

    Raises UsageError for an unknown action or key, and for a key of two actions.
    """
    found = dict(actions)
    for name, written in keys.items():
        if name not in actions or not _takes_keys(actions[name]):
            raise _unknown(name, actions)
        if name in _FIXED:
            raise UsageError(
                f"the key of {name} cannot be changed", hint="give the key that you want to another action"
            )
        found[name] = _with_keys(actions[name], written)
    _check_clashes(found, keys)
    return found


def use(keys: Mapping[str, str]) -> None:
    """Use these keys from now on; call this before a screen is made. Raises UsageError."""
    ACTIONS.update(rebound(keys))


def changeable(actions: Mapping[str, Action] = ACTIONS) -> list[str]:
    """Return the ids of the actions whose keys can be changed."""
    return [one.id for one in actions.values() if _takes_keys(one) and one.id not in _FIXED]


def key_name(written: str) -> str:
    """Return Textual's name of a key; raises UsageError for an unknown one.

    >>> key_name("ctrl+k"), key_name("/"), key_name("PgUp")
    ('ctrl+k', 'slash', 'pageup')
    """
    found = _MODIFIERS.fullmatch(written if len(written) == 1 else written[:-1].lower() + written[-1:])
    modifiers, key = (found[1], found[2]) if found else ("", written)
    name = _NAMES.get(key.lower(), key.lower())
    if len(key) == 1 and not key.isspace():
        shown = key.lower() if "ctrl" in modifiers else key
        return f"{modifiers}{shown if shown.isalnum() else _punctuation(shown)}"
    if name in _KNOWN:
        return f"{modifiers}{name}"
    raise UsageError(
        f"there is no key {written!r}",
        hint="for example: j, G, /, f5, enter, pgup, ctrl+k; several separated by blanks",
    )


def _punctuation(char: str) -> str:
    name = unicodedata.name(char, "").lower().replace("-", "_").replace(" ", "_")
    return _PUNCTUATION.get(name, name)


def _with_keys(action: Action, written: str) -> Action:
    shown = written.split()
    button = (shown[0] if shown else "–", action.button[1]) if action.button else None
    help_ = (action.help[0], "  ".join(shown) or "–", action.help[2]) if action.help else None
    return replace(action, keys=",".join(map(key_name, shown)), button=button, help=help_)


def _takes_keys(action: Action) -> bool:
    return bool(action.keys or action.command)


def _unknown(name: str, actions: Mapping[str, Action]) -> UsageError:
    known = changeable(actions)
    meant = nearest(name, known)
    hint = f"did you mean {meant}?" if meant else f"known actions: {', '.join(known)}"
    return UsageError(f"there is no action {name!r} whose keys can be changed", hint=hint)


def _check_clashes(actions: Mapping[str, Action], changed: Iterable[str]) -> None:
    """Raise UsageError for a key that a changed action shares with another one in the same place."""
    for name in changed:
        action = actions[name]
        for other in actions.values():
            if other.id != name and _meet(action.scope, other.scope):
                for key in {*action.keys.split(",")} & {*other.keys.split(",")} - {""}:
                    raise UsageError(
                        f"{name} and {other.id} would share the key {key}",
                        hint=f"give {other.id} another key as well, or an empty text for none",
                    )


def _meet(one: KeyScope, other: KeyScope) -> bool:
    """Return whether the keys of both can be active at the same time."""
    anywhere = (KeyScope.APP, KeyScope.BUILT_IN)
    return one is other or one in anywhere or other in anywhere or other in _OVERLAPS.get(one, ())
