"""The user's copies, exports and comparisons."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from textual.app import App

from hookscope.model.capture_id import EventRef
from hookscope.services.captures import (
    MOST_MARKED,
    marked_refs,
    named_captures,
    open_history,
    previous_of_kind,
)
from hookscope.tui import cell_text
from hookscope.tui.interaction import Interaction
from hookscope.tui.render.capture_header import size
from hookscope.tui.render.detail_pages import Tab, copied
from hookscope.tui.render.row_words import chosen
from hookscope.tui.screens.dialogs import ExportDestinationDialog
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState

if TYPE_CHECKING:
    from hookscope.model.record import Capture
    from hookscope.services.export import Sink
    from hookscope.services.export_request import ExportRequest
    from hookscope.tui.screens.picker import Option
    from hookscope.tui.workers.run_client import RunClient

_CLIPBOARD_BYTES = 1 << 20
"""Terminals cut off, or ignore, what is longer."""

_NAMED = 5
_NEXT = {"body": "headers", "headers": "curl", "curl": "body"}
"""The part that the next `y` copies."""


class _Export(Struct, frozen=True):
    """The captures to export, with their description on the screen, and the user's answers."""

    refs: Sequence[EventRef]
    what: str
    form: str
    to: str


class ExportController:
    """`y` copies the selected capture, `x` exports it or those that are marked, `=` compares two that are marked."""

    def __init__(
        self,
        app: App[None],
        main: MainScreen,
        interaction: Interaction,
        journal: Path,
        run: "RunClient",
        secrets: Sequence[str],
    ) -> None:
        self._app = app
        self._main = main
        self._timeline = main.timeline
        self._interaction = interaction
        self._journal = journal
        self._run = run
        self._secrets = tuple(secrets)
        self._copied: tuple[EventRef | None, str, object] | None = None

    # Copying

    def copy(self) -> None:
        """Copy the headers if they are in view, else the body; when repeated, the next part."""
        ref = self._timeline.ref
        what = "headers" if self._main.tab is Tab.HEADERS else "body"
        if self._copied and (self._copied[0], self._copied[2]) == (ref, self._main.state.said):
            what = _NEXT[self._copied[1]]
        self.copy_as(what)

    def copy_as(self, what: str) -> None:
        """Copy the body, the headers, or a command for curl."""
        if (ref := self._timeline.ref) is None:
            self._interaction.say_empty()
        else:
            self._interaction.decide(self._copy(ref, what), f"copy {ref}")

    async def _copy(self, ref: EventRef, what: str) -> None:
        message: Pieces = [(Tone.ACCENT, "   y"), (Tone.MUTED, f" again: {_NEXT[what]}")]
        if what == "curl":
            if made := await self._interaction.attempt(partial(self._exported, [ref], self._request("curl"))):
                message.insert(0, (Tone.TEXT, made[1]))
                self._take(made[0].decode("utf-8", "replace"), f"#{ref} for curl", message)
        elif found := await self._interaction.attempt(
            lambda: copied(self._journal, ref, Tab.HEADERS if what == "headers" else Tab.RAW)
        ):
            self._take(*found, message)
        self._copied = (ref, what, self._main.state.said)

    def copy_path(self) -> None:
        """Copy the JSON path of the cursor in the tree."""
        if (path := self._main.detail.lines.path) is None:
            message = "a path is copied from the tree  "
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, message), (Tone.ACCENT, "2"), (Tone.MUTED, " opens it")])
        else:
            self._app.copy_to_clipboard(path)
            self._main.say([(Tone.OK, "✓ "), (Tone.TEXT, "copied "), (Tone.STRONG, cell_text.clean(path))])

    def _take(self, text: str, name: str, remark: Pieces) -> None:
        if len(text) > _CLIPBOARD_BYTES:
            message = f"{name} is too long for a terminal's clipboard  "
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, message), (Tone.ACCENT, "→ x writes a file")])
            return
        self._app.copy_to_clipboard(text)
        message = f"copied {name} ({size(len(text.encode('utf-8', 'replace')))})"
        self._main.say([(Tone.OK, "✓ "), (Tone.TEXT, message), *remark])

    # Exporting

    def export(self) -> None:
        """Ask for the format and the destination."""
        if self._timeline.ref is None:
            self._interaction.say_empty()
        else:
            self._interaction.decide(self._ask(self._timeline.ref), "export", self._export)

    async def _ask(self, selected: EventRef) -> _Export | None:
        from hookscope.formats.exporters.registry import EXPORTERS
        from hookscope.services.export import propose_name
        from hookscope.tui.screens.picker import Option, Picker

        marked = await self._interaction.attempt(lambda: marked_refs(self._journal, self._timeline.run))
        if marked is None:
            return None
        refs = marked or [selected]
        what = chosen(refs)
        options = [Option(name=spec.name, about=spec.description) for spec in EXPORTERS.values()]
        form = await self._interaction.answer(Picker(f"Export {what} as", _searched(options), doing="choose"))
        if form is None:
            return None
        can_copy = EXPORTERS[form].file_name is None or len(refs) == 1
        name = propose_name(refs, form)
        asked = ExportDestinationDialog(f"Export {what} as {form}", name, can_copy=can_copy)
        to = await self._interaction.answer(asked)
        return None if to is None else _Export(refs, what, form, to)

    async def _export(self, wanted: _Export) -> None:
        request, what = self._request(wanted.form), wanted.what
        if wanted.to == ExportDestinationDialog.COPY:
            if made := await self._interaction.attempt(partial(self._exported, wanted.refs, request)):
                text = made[0].decode("utf-8", "backslashreplace")
                self._take(text, f"{what} as {wanted.form}", [(Tone.TEXT, made[1])])
            return
        message = await self._interaction.attempt(partial(self._write, wanted.refs, request, Path(wanted.to)))
        if message is not None:
            self._main.say(
                [(Tone.OK, "✓ "), (Tone.TEXT, f"exported {what} to "), (Tone.STRONG, wanted.to), (Tone.TEXT, message)]
            )

    def _request(self, form: str) -> "ExportRequest":
        """Return the request for an export. An attached view does not know the options of the run's command line."""
        from hookscope.formats.redaction import redact_elsewhere
        from hookscope.services.export_request import ExportRequest

        loop = asyncio.get_running_loop()

        def ask_run(texts: Sequence[bytes]) -> Sequence[bytes]:
            return asyncio.run_coroutine_threadsafe(self._run.redact(texts), loop).result()

        request = ExportRequest(form=form, secrets=self._secrets, new=True)
        if not self._main.state.attached or self._main.state.run_state is RunState.GONE:
            return request
        return replace(request, scrub=lambda captures: redact_elsewhere(captures, ask_run))

    def _exported(self, refs: Sequence[EventRef], request: "ExportRequest") -> tuple[bytes, str]:
        """Return an export and the remarks on it."""
        parts: list[bytes] = []
        message = self._write(refs, request, parts.extend)
        return b"".join(parts), message

    def _write(self, refs: Sequence[EventRef], request: "ExportRequest", to: "Path | Sink") -> str:
        """Write an export and return the remarks on it. Nothing existing is overwritten."""
        from hookscope.services.export import check_new_file, export, remarks

        if isinstance(to, Path):
            check_new_file(str(to))
        with open_history(self._journal) as history:
            report = export(history, named_captures(self._journal, refs), request, to)
        said = [remark.text for remark in remarks(report, request)]
        if self._main.state.attached and self._main.state.run_state is RunState.GONE:
            said.append("the run is gone: secrets that only it knew may remain")
        return "".join(f"; {one}" for one in said)

    # Comparing

    def compare(self) -> None:
        """Show the differences of the two that are marked: captures, or single events of batches."""
        self._interaction.decide(self._compare(), "compare")

    async def _compare(self) -> None:
        refs = await self._interaction.attempt(lambda: marked_refs(self._journal, self._timeline.run))
        if refs is None:
            return
        if len(refs) != 2:
            self._main.say(_not_two(refs))
            return
        if len(pair := await self._interaction.attempt(lambda: named_captures(self._journal, refs)) or []) == 2:
            await self._show_differences(*pair)

    def compare_with_previous(self) -> None:
        """Show the differences of the selected capture from the last one of its kind."""
        if (ref := self._timeline.ref) is None:
            self._interaction.say_empty()
        else:
            self._interaction.decide(self._compare_with_previous(ref), "compare")

    async def _compare_with_previous(self, ref: EventRef) -> None:
        pair = await self._interaction.attempt(partial(_with_previous, self._journal, ref))
        if pair is not None and len(pair) == 2:
            await self._show_differences(*pair)
        elif pair:
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, f"#{ref} is the first of its kind")])

    async def _show_differences(self, left: "Capture", right: "Capture") -> None:
        from hookscope.tui.screens.compare import Comparison

        sheet = await asyncio.to_thread(Comparison, left, right, self._main.state)
        if self._interaction.is_free:
            self._interaction.open(sheet)


def _with_previous(journal: Path, ref: EventRef) -> "list[Capture]":
    """Return a capture, or an event of it alone, behind the last one of its kind, if there is one."""
    found = named_captures(journal, [ref])
    before = [previous_of_kind(journal, capture) for capture in found]
    return [*filter(None, before), *found]


def _searched(options: "Sequence[Option]") -> "Callable[[str], Sequence[Option]]":
    def search(text: str) -> "Sequence[Option]":
        words = text.casefold().split()
        found = [one for one in options if all(word in f"{one.name} {one.about}".casefold() for word in words)]
        return sorted(found, key=lambda one: one.name not in words)  # `http` is not `httpie`.

    return search


def _not_two(refs: Sequence[EventRef]) -> Pieces:
    names = ", ".join(f"#{ref}" for ref in refs[:_NAMED]) + (", …" if len(refs) > _NAMED else "")
    match len(refs):
        case 0:
            message, then = "no capture is marked  ", " marks the selected one"
        case 1:
            message, then = f"only {names} is marked  ", " marks another"
        case count:
            message, then = f"{count}{'+' if count >= MOST_MARKED else ''} are marked: {names}  ", " removes a mark"
    return [
        (Tone.WARN, "! "),
        (Tone.TEXT, f"= compares two that are marked; {message}"),
        (Tone.ACCENT, "m"),
        (Tone.TEXT, then),
    ]
