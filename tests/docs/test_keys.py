"""The keys that the documents list are the keys that the screen binds."""

import importlib
import pkgutil
from collections.abc import Iterator

from textual.app import App
from textual.binding import Binding
from textual.screen import ModalScreen, Screen

from hookscope import tui
from tests.docs.pages import Page, code_in

NAMES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "↑": "up", "↓": "down", "←": "left", "→": "right"}
"""Keys as a person writes them, and as Textual does."""


def keys(*bindings: object) -> set[str]:
    """Return the names of keys in bindings."""
    return {binding.key for binding in Binding.make_bindings(bindings)}  # type: ignore[arg-type]


def classes() -> Iterator[type]:
    """Return the classes of the screen."""
    for module in pkgutil.walk_packages(tui.__path__, "hookscope.tui."):
        if not module.name.endswith("__main__"):
            found = vars(importlib.import_module(module.name)).values()
            yield from (one for one in found if isinstance(one, type) and one.__module__ == module.name)


def test_the_keys_that_are_listed_are_those_of_the_screen() -> None:
    rows = Page("docs/screen.md").rows("key")
    listed = keys(*((NAMES.get(key, key), "") for row in rows for key in code_in(row[0])))
    # A dialog shows its keys itself.
    own = {key for one in classes() if not issubclass(one, ModalScreen) for key in keys(*vars(one).get("BINDINGS", ()))}
    textuals = {App.COMMAND_PALETTE_BINDING, *keys(*Screen.BINDINGS)}
    assert own <= listed <= own | textuals
