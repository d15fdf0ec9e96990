"""What the reader does to the history: marks captures, notes something on them, deletes them."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.services import captures
from hookscope.tui.controllers.search import SearchController
from hookscope.tui.render.capture_row import event_name, summary
from hookscope.tui.screens.dialogs import ConfirmDialog, InputDialog
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState

if TYPE_CHECKING:
    from hookscope.model.capture_summary import CaptureSummary

_T = TypeVar("_T")


class AnnotateController(SearchController):
    """`m` marks the selected capture, `delete` deletes it after asking; a note is written from the palette."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "mark", show=False),
        Binding("delete", "delete", show=False),
    ]

    @property
    def is_free(self) -> bool:
        """Whether something may be laid over the screen: nothing is, and nothing is being put back."""
        return len(self.screen_stack) == 1 and self.scene.fate not in (RunState.STOPPING, RunState.OVER)

    async def answer(self, dialog: Screen[_T]) -> _T | None:
        """What the reader answers; None where something else came over the screen before."""
        if not self.is_free:
            return None
        answer: _T = await self.push_screen_wait(dialog)
        return answer

    def action_mark(self) -> None:
        """Mark the selected capture, or take its mark away."""
        if line := self._selected():
            self.timeline.hold()
            marked = not line.marked
            self._change(lambda: captures.mark(self.journal, [line.id], marked=marked), lambda _: None)

    def action_note(self) -> None:
        """Note something on the selected capture."""
        if self.is_free and (line := self._selected()):
            self.timeline.hold()
            hint = "For yourself; searches find it. Without a text the note is taken away."
            ask = InputDialog(
                f"Note on #{line.id}", hint, line.note or "", str.strip, example="what this is about", doing="keep"
            )
            self.push_screen(ask, lambda text: self._note(line.id, text))

    def _note(self, number: int, text: str | None) -> None:
        if text is not None:
            self._change(lambda: captures.note(self.journal, number, text), lambda _: None)

    def action_delete(self) -> None:
        """Ask whether to delete the selected capture."""
        if self.is_free and (line := self._selected()):
            self.timeline.hold()
            told: Pieces = [(Tone.STRONG, f"#{line.id}  {event_name(line, 60)}  "), *summary(line)]
            told.append((Tone.MUTED, "\n\nIt goes from the journal, with what is known of its deliveries."))
            self.push_screen(
                ConfirmDialog("Delete", told, "delete it"), lambda sure: self._delete(line.id) if sure else None
            )

    def _delete(self, number: int) -> None:
        def tell(pending: tuple[int, ...]) -> None:
            if pending:
                told = "your app has not got it yet, so it stays"
                self.say([(Tone.WARN, f"! #{number} is not deleted: "), (Tone.TEXT, told)])
            else:
                self.say([(Tone.OK, "✓ "), (Tone.TEXT, f"deleted #{number}")])

        self._change(lambda: captures.delete(self.journal, [number]).pending, tell)

    def _selected(self) -> "CaptureSummary | None":
        try:
            return self.timeline.line(self.timeline.selected) if self.timeline.count else None
        except HookscopeError as error:
            self.say_error(error)
            return None

    def _change(self, change: Callable[[], _T], tell: Callable[[_T], None]) -> None:
        self.run_worker(self._carry_out(change, tell), name="upkeep")

    async def _carry_out(self, change: Callable[[], _T], tell: Callable[[_T], None]) -> None:
        try:
            done = await asyncio.to_thread(change)
        except HookscopeError as error:
            self.say_error(error)
        else:
            tell(done)
            self.look()
