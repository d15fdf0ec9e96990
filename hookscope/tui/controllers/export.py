"""What the reader takes out of the history: copies, exports, comparisons."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from hookscope.errors import HookscopeError
from hookscope.formats.exporters.options import PLACEHOLDER
from hookscope.services.captures import MOST_MARKED, captures_by_id, marked_ids
from hookscope.tui.controllers.annotate import AnnotateController
from hookscope.tui.render.capture_header import size
from hookscope.tui.render.detail_pages import Tab, copied
from hookscope.tui.theme import Pieces, Tone

if TYPE_CHECKING:
    from hookscope.formats.exporters.registry import ExportReport
    from hookscope.tui.screens.picker import Option

_CLIPBOARD_BYTES = 1 << 20
"""Terminals cut off, or ignore, what is longer."""

_NAMED = 5
_LEFT_OUT = 3
_NEXT = {"body": "headers", "headers": "curl", "curl": "body"}
"""What `y` copies when it is pressed once more."""

_T = TypeVar("_T")


class ExportController(AnnotateController):
    """`y` copies the selected capture, `x` exports it or those that are marked, `=` compares two that are marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False),
        Binding("x", "export", show=False),
        Binding("equals_sign", "compare", show=False),
    ]

    def __init__(self, *, secrets: Sequence[str], **given: Any) -> None:
        super().__init__(**given)
        self._secrets = tuple(secrets)
        self._copied: tuple[int, str, object] | None = None

    # Copying

    def action_copy(self) -> None:
        """Copy the headers where they are looked at, else the body; once more, what comes next."""
        number = self.timeline.number
        what = "headers" if self.tab is Tab.HEADERS else "body"
        if self._copied and (self._copied[0], self._copied[2]) == (number, self.scene.said):
            what = _NEXT[self._copied[1]]
        self.copy_as(what)

    def copy_as(self, what: str) -> None:
        """Copy the body, the headers, or a command for curl."""
        if (number := self.timeline.number) is None:
            self._say_empty()
        else:
            self.run_worker(self._copy(number, what), name=f"copy {number}")

    async def _copy(self, number: int, what: str) -> None:
        from hookscope.formats.exporters.registry import Format
        from hookscope.tui import exporting

        told: Pieces = [(Tone.ACCENT, "   y"), (Tone.MUTED, f" again: {_NEXT[what]}")]
        if what == "curl":
            if made := await self._try(lambda: exporting.exported(self.journal, [number], Format.CURL, self._secrets)):
                told.insert(0, (Tone.TEXT, _told(made[1])))
                self._take(made[0].decode("utf-8", "replace"), f"#{number} for curl", told)
        elif found := await self._try(
            lambda: copied(self.journal, number, Tab.HEADERS if what == "headers" else Tab.RAW)
        ):
            self._take(*found, told)
        self._copied = (number, what, self.scene.said)

    def _take(self, text: str, name: str, remark: Pieces) -> None:
        if len(text) > _CLIPBOARD_BYTES:
            told = f"{name} is too long for a terminal's clipboard  "
            self.say([(Tone.WARN, "! "), (Tone.TEXT, told), (Tone.ACCENT, "→ x writes a file")])
            return
        self.copy_to_clipboard(text)
        told = f"copied {name} ({size(len(text.encode('utf-8', 'replace')))})"
        self.say([(Tone.OK, "✓ "), (Tone.TEXT, told), *remark])

    # Exporting

    def action_export(self) -> None:
        """Ask for the form, and where it goes."""
        if self.timeline.number is None:
            self._say_empty()
        else:
            self.run_worker(self._export(self.timeline.number), name="export")

    async def _export(self, selected: int) -> None:
        from hookscope.formats.exporters.registry import Format
        from hookscope.tui import exporting
        from hookscope.tui.screens.dialogs import ExportDestinationDialog
        from hookscope.tui.screens.picker import Option, Picker

        numbers = await self._try(lambda: marked_ids(self.journal))
        if numbers is None:
            return
        numbers = numbers or [selected]
        what = f"#{numbers[0]}" if len(numbers) == 1 else f"the {len(numbers):,} marked captures"
        options = [Option(name=form, about=about) for form, about in exporting.ABOUT.items()]
        chosen = await self.answer(Picker(f"Export {what} as", _searched(options), doing="choose"))
        if chosen is None:
            return
        form = Format(chosen)
        can_copy = form is not Format.RAW or len(numbers) == 1
        name = exporting.proposed_name(numbers, form)
        asked = ExportDestinationDialog(f"Export {what} as {form}", name, can_copy=can_copy)
        match await self.answer(asked):
            case None:
                return
            case ExportDestinationDialog.COPY:
                if made := await self._try(lambda: exporting.exported(self.journal, numbers, form, self._secrets)):
                    self._take(
                        made[0].decode("utf-8", "backslashreplace"), f"{what} as {form}", [(Tone.TEXT, _told(made[1]))]
                    )
            case name:
                if tally := await self._try(lambda: exporting.write(self.journal, numbers, form, name, self._secrets)):
                    told = f"exported {what} to "
                    self.say([(Tone.OK, "✓ "), (Tone.TEXT, told), (Tone.STRONG, name), (Tone.TEXT, _told(tally))])

    # Comparing

    def action_compare(self) -> None:
        """Show how the two marked captures differ."""
        self.run_worker(self._compare(), name="compare")

    async def _compare(self) -> None:
        numbers = await self._try(lambda: marked_ids(self.journal))
        if numbers is None:
            return
        if len(numbers) != 2:
            self.say(_not_two(numbers))
            return
        if len(pair := await self._try(lambda: captures_by_id(self.journal, numbers)) or []) == 2:
            from hookscope.tui.screens.compare import Comparison

            left, right = pair
            sheet = await asyncio.to_thread(Comparison, left, right, self.scene)
            if self.is_free:
                self.push_screen(sheet)

    async def _try(self, work: Callable[[], _T]) -> _T | None:
        """What comes of work in a thread; None, and the reader is told, where it fails."""
        try:
            return await asyncio.to_thread(work)
        except HookscopeError as error:
            self.say_error(error)
            return None

    def _say_empty(self) -> None:
        self.say([(Tone.WARN, "! "), (Tone.TEXT, "there is no capture yet")])


def _searched(options: "Sequence[Option]") -> "Callable[[str], Sequence[Option]]":
    def search(text: str) -> "Sequence[Option]":
        words = text.casefold().split()
        return [one for one in options if all(word in f"{one.name} {one.about}".casefold() for word in words)]

    return search


def _told(tally: "ExportReport") -> str:
    """Return all that the reader must know of an export, which is what `captures export` says of one."""
    of = f" of {tally.captures:,}"
    told = [f"secrets were taken out of {tally.redacted:,}{of}"] if tally.redacted else []
    if tally.broken:
        told.append(f"the signatures of {tally.broken:,} do not fit any more")
    if tally.aimless:
        told.append(f"{tally.aimless:,} go to {PLACEHOLDER}, as their run forwarded nowhere")
    left_out = [f"#{number} ({reason})" for number, reason in tally.left_out[:_LEFT_OUT]]
    if more := len(tally.left_out) - len(left_out):
        left_out.append(f"{more:,} more")
    if left_out:
        told.append(f"left out: {', '.join(left_out)}")
    return "".join(f"; {one}" for one in told)


def _not_two(numbers: Sequence[int]) -> Pieces:
    named = ", ".join(f"#{number}" for number in numbers[:_NAMED]) + (", …" if len(numbers) > _NAMED else "")
    match len(numbers):
        case 0:
            told, then = "none is marked  ", " marks the selected one"
        case 1:
            told, then = f"only {named} is marked  ", " marks another"
        case count:
            told, then = f"{count}{'+' if count == MOST_MARKED else ''} are: {named}  ", " takes a mark away"
    return [
        (Tone.WARN, "! "),
        (Tone.TEXT, f"= compares two marked captures; {told}"),
        (Tone.ACCENT, "m"),
        (Tone.TEXT, then),
    ]
