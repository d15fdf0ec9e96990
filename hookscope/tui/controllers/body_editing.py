"""Lets the user edit a body, on the screen or in an external editor."""

from collections.abc import Callable

from textual.app import App, SuspendNotSupported

from hookscope.errors import UsageError
from hookscope.tui import cell_text
from hookscope.tui.interaction import Interaction
from hookscope.tui.render.capture_header import size
from hookscope.tui.screens.dialogs import ConfirmDialog
from hookscope.tui.theme import Pieces, Tone

_MOST_ON_SCREEN = 256 << 10
"""The largest text, in bytes, that is checked after every key."""

_OWN = "set VISUAL or EDITOR, for example EDITOR=nano, and start the screen again"


class BodyEditing:
    """Edits on the screen unless $VISUAL or $EDITOR names an editor, which then gets the terminal."""

    def __init__(self, app: App[None], interaction: Interaction) -> None:
        self._app = app
        self._interaction = interaction

    async def edited(self, name: str, body: bytes) -> bytes | None:
        """Return the edited body, or None if the user gave up. Raises UsageError; typed text is kept."""
        from hookscope.body_editor import EditableBody, chosen_editor

        if chosen_editor():
            return await self._in_own_editor(name, body)
        from hookscope.tui.screens.editor import BodyEditor

        _check_is_text(EditableBody.of(body).shown)
        return await self._interaction.answer(BodyEditor(f"Edit #{name}", body))

    async def _in_own_editor(self, name: str, body: bytes) -> bytes:
        from hookscope.body_editor import Draft

        draft = Draft(body)
        while True:
            try:
                return self._on_terminal(draft.open_editor)
            except SuspendNotSupported as error:
                raise draft.given_up(UsageError("there is no terminal to edit on")) from error
            except ValueError as error:
                question: Pieces = [(Tone.BAD, "✗ "), (Tone.TEXT, cell_text.clean(str(error)))]
                question.append((Tone.MUTED, f"\n\nYour text is kept in {draft.file}"))
                again = ConfirmDialog(f"Edit #{name}", question, "edit it again", otherwise="send nothing")
                if not await self._interaction.answer(again):
                    raise draft.given_up(error) from error

    def _on_terminal(self, work: Callable[[], bytes]) -> bytes:
        """Run work that gets the terminal, and return its result."""
        failure: Exception | None = None
        self._interaction.forget_typed()
        with self._app.suspend():
            # Textual takes the terminal back only if no exception leaves this block.
            try:
                return work()
            except Exception as error:
                failure = error
        raise failure


def _check_is_text(shown: bytes) -> None:
    """Raise UsageError for what cannot be edited on the screen: too much of it, or not text."""
    if len(shown) > _MOST_ON_SCREEN:
        raise UsageError(f"a body of {size(len(shown))} is too long to edit on the screen", hint=_OWN)
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("a body that is not UTF-8 cannot be edited on the screen", hint=_OWN) from error
    if not text.replace("\n", "").isprintable():
        raise UsageError("a body with control characters cannot be edited on the screen", hint=_OWN)
