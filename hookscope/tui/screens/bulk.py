"""The dialog that sends several captures: progress, results, and a pause."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from hookscope.errors import HookscopeError
from hookscope.model.capture_id import EventRef
from hookscope.tui import cell_text
from hookscope.tui.render.footer import Button
from hookscope.tui.screens.dialogs import BOX, button
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.widgets.text import ButtonBar, StaticText

_BAR = 30
_NAMED = 5


class BulkReplay(ModalScreen[None]):
    """Sends captures one after another, in order of arrival; `send` returns whether one was accepted."""

    DEFAULT_CSS = f"BulkReplay {{ {BOX} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", show=False),
        Binding("escape,enter,q", "leave", show=False),
    ]

    def __init__(self, what: str, refs: Sequence[EventRef], send: Callable[[EventRef], Awaitable[bool]]) -> None:
        super().__init__()
        self._what, self._refs, self._send = what, refs, send
        self._done = 0
        self._failed: list[EventRef] = []
        self._problem: HookscopeError | None = None
        self._going = asyncio.Event()
        self._going.set()

    def compose(self) -> ComposeResult:
        """Compose the dialog with the progress."""
        with Vertical() as box:
            box.border_title = f"Replay {self._what}"
            yield StaticText(id="progress")
            yield StaticText()
            yield ButtonBar(id="ask-keys")

    def on_mount(self) -> None:
        """Begin."""
        self.query(StaticText).last().show([(Tone.TEXT, " ")])
        self._paint()
        self.run_worker(self._work(), name="bulk replay")

    def action_pause(self) -> None:
        """Send nothing more until this is pressed again."""
        (self._going.clear if self._going.is_set() else self._going.set)()
        self._paint()

    def action_leave(self) -> None:
        """Stop after the capture in flight, or close the finished dialog."""
        self.dismiss()

    @property
    def _is_over(self) -> bool:
        return self._done == len(self._refs) or self._problem is not None

    async def _work(self) -> None:
        for ref in self._refs:
            await self._going.wait()
            try:
                accepted = await self._send(ref)
            except HookscopeError as error:
                self._problem = error
                break
            self._done += 1
            if not accepted:
                self._failed.append(ref)
            self._paint()
        self._paint()

    def _paint(self) -> None:
        for progress in self.query("#progress").results(StaticText):  # None while it is taken down.
            progress.show(self._message())
        for keys in self.query(ButtonBar):
            keys.show(self._keys())

    def _message(self) -> Pieces:
        count, filled = len(self._refs), _BAR * self._done // max(len(self._refs), 1)
        pieces: Pieces = [
            (Tone.ACCENT, "━" * filled),
            (Tone.FAINT, "━" * (_BAR - filled)),
            (Tone.TEXT, f"  {self._done:,} of {count:,}"),
            (Tone.WARN, "" if self._going.is_set() or self._is_over else "  ‖ paused"),
            (Tone.TEXT, "\n\n"),
            (Tone.OK, f"✓ {self._done - len(self._failed):,} accepted"),
        ]
        if self._failed:
            more = ", …" if len(self._failed) > _NAMED else ""
            named = ", ".join(f"#{ref}" for ref in self._failed[:_NAMED])
            pieces += [(Tone.BAD, f"   ✗ {len(self._failed):,} not"), (Tone.TEXT, f": {named}{more}")]
        if self._problem:
            message = cell_text.clean(self._problem.message)
            pieces += [(Tone.BAD, "\n\n✗ "), (Tone.TEXT, message)]
            pieces.append((Tone.ACCENT, f"  → {cell_text.clean(self._problem.hint or '')}"))
        return pieces

    def _keys(self) -> list[Button]:
        if self._is_over:
            return [button("esc", "back", "screen.leave")]
        pause = "pause" if self._going.is_set() else "go on"
        return [button("space", pause, "screen.pause"), button("esc", "stop", "screen.leave")]
