"""The user's changes to the history: marks, notes, deletion."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hookscope.errors import HookscopeError
from hookscope.services import captures
from hookscope.tui.interaction import Interaction
from hookscope.tui.render.row_words import MARKED, event_name, summary
from hookscope.tui.screens.dialogs import ConfirmDialog, InputDialog
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone

if TYPE_CHECKING:
    from hookscope.model.capture_summary import CaptureSummary

_T = TypeVar("_T")


class AnnotateController:
    """`m` marks the selected capture, `delete` deletes it after asking; the palette also clears all."""

    def __init__(self, main: MainScreen, interaction: Interaction, journal: Path) -> None:
        self._main = main
        self._timeline = main.timeline
        self._interaction = interaction
        self._journal = journal

    def mark(self) -> None:
        """Mark the selected capture, or the selected event of a batch; or remove its mark."""
        if (line := self._selected()) and (ref := self._timeline.ref):
            self._main.captures.hold()
            marked = not line.marks(ref.position)
            self._change(lambda: captures.mark(self._journal, [ref], marked=marked), lambda _: None)

    def note(self) -> None:
        """Attach a note to the selected capture."""
        if self._interaction.is_free and (line := self._selected()):
            self._main.captures.hold()
            hint = "For yourself; searches find it. Clear the text to remove the note."
            ask = InputDialog(
                f"Note on #{line.id}", hint, line.note or "", str.strip, example="what to remember", doing="keep"
            )
            self._interaction.open(ask, lambda text: self._write_note(line.id, text))

    def _write_note(self, capture_id: int, text: str | None) -> None:
        if text is not None:
            self._change(lambda: captures.note(self._journal, capture_id, text), lambda _: None)

    def delete(self) -> None:
        """Ask whether to delete the selected capture."""
        if self._interaction.is_free and (line := self._selected()):
            self._main.captures.hold()
            question: Pieces = [(Tone.STRONG, f"#{line.id}  {event_name(line, 60)}  "), *summary(line)]
            question.append((Tone.MUTED, "\n\nIt is removed from the journal, with the records of its deliveries."))
            self._interaction.open(
                ConfirmDialog("Delete", question, "delete it"),
                lambda sure: self._delete_now(line.id) if sure else None,
            )

    def clear(self) -> None:
        """Ask whether to delete all captures that are not marked."""
        if not self._interaction.is_free:
            return
        if not self._timeline.total:
            self._interaction.say_empty()
            return
        question: Pieces = [
            (Tone.STRONG, "all captures"),
            (Tone.TEXT, " of the journal, also those of earlier runs, "),
        ]
        question += [(Tone.TEXT, "except for those that are marked "), (Tone.BADGE, MARKED)]
        question.append((Tone.MUTED, "\n\nWhat has yet to be forwarded stays, too. x exports what you want to keep."))
        self._interaction.open(
            ConfirmDialog("Clear the history", question, "delete them"),
            lambda sure: self._clear_now() if sure else None,
        )

    def _clear_now(self) -> None:
        def change() -> int:
            capture_ids = captures.prunable_ids(self._journal, keep=0, older_than=None)
            return len(capture_ids) - len(captures.delete(self._journal, capture_ids).pending)

        self._change(
            change, lambda count: self._main.say([(Tone.OK, "✓ "), (Tone.TEXT, f"deleted {count:,} captures")])
        )

    def _delete_now(self, capture_id: int) -> None:
        def tell(pending: tuple[int, ...]) -> None:
            if pending:
                reason = "it has yet to be forwarded to your app"
                self._main.say([(Tone.WARN, f"! #{capture_id} was not deleted: "), (Tone.TEXT, reason)])
            else:
                self._main.say([(Tone.OK, "✓ "), (Tone.TEXT, f"deleted #{capture_id}")])

        self._change(lambda: captures.delete(self._journal, [capture_id]).pending, tell)

    def _selected(self) -> "CaptureSummary | None":
        if not self._timeline.count:
            self._interaction.say_empty()
            return None
        try:
            return self._timeline.line(self._timeline.selected)
        except HookscopeError as error:
            self._main.say_error(error)
            return None

    def _change(self, change: Callable[[], _T], tell: Callable[[_T], None]) -> None:
        self._interaction.decide(self._carry_out(change, tell), "upkeep")

    async def _carry_out(self, change: Callable[[], _T], tell: Callable[[_T], None]) -> None:
        try:
            done = await asyncio.to_thread(change)
        except HookscopeError as error:
            self._main.say_error(error)
        else:
            tell(done)
            self._main.look()
