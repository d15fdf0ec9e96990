"""One action of the screen, wherever it is offered."""

from enum import StrEnum

from msgspec import Struct


class Group(StrEnum):
    """The sections of the help."""

    LIST = "The list"
    DETAILS = "The details"
    CAPTURE = "A capture"
    RUN = "The run"


class KeyScope(StrEnum):
    """The owner of an action's keys: the application, or the focused widget."""

    APP = "app"
    LIST = "list"
    DETAILS = "details"
    PAGE = "page"
    BUILT_IN = "built in"
    """Textual binds these itself."""


class Action(Struct, frozen=True, kw_only=True):
    """An action, identified by its `id`.

    `call` is the method that Textual calls on the widget with the keys, if the widget itself acts; `keys` are Textual's
    names of the keys, separated by commas. `button` is key and label in the footer, `command` title and explanation in
    the palette, `help` section, keys, and meaning in the help; an action without its own line is explained by that of
    `see`.
    """

    id: str
    call: str = ""
    keys: str = ""
    scope: KeyScope = KeyScope.APP
    priority: bool = False
    button: tuple[str, str] | None = None
    command: tuple[str, str] | None = None
    help: tuple[Group, str, str] | None = None
    see: str | None = None

    @property
    def runs(self) -> str:
        """The method that Textual calls: the application's, with the id, unless a widget acts by itself."""
        return self.call or f"app.act('{self.id}')"

    @property
    def first_key(self) -> str:
        """The key to name where there is room for one, as the user reads it; empty for none."""
        if not self.keys:
            return ""
        return self.button[0] if self.button else self.help[1].split()[0] if self.help else ""
