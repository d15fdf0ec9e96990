"""The acting half of the application: listens to the run, and asks things of it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.settings import check_target
from hookscope.tui import cells, theme
from hookscope.tui.bars import TEARDOWN
from hookscope.tui.dialogs import Ask, Choice, Leave
from hookscope.tui.engine_link import EngineLink
from hookscope.tui.keeping import Keeping
from hookscope.tui.reader import Tab, copied
from hookscope.tui.row import elapsed
from hookscope.tui.scene import Fate
from hookscope.tui.theme import Tone
from hookscope.tui.verdict import size
from hookscope.views.status import Status

_LAST_LOOK_SECONDS = 0.25
_PATIENCE = 3
"""After so many interruptions that the run has not answered, this view ends by itself."""

_CLIPBOARD_BYTES = 1 << 20
"""Terminals cut off, or ignore, what is longer."""


def local_now() -> datetime:
    """The present in the reader's own time zone."""
    return datetime.now().astimezone()


class HookscopeApp(Keeping):
    """Shows a run: the journal that it writes, and what its control socket tells."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("q,ctrl+q", "quit", show=False),
        Binding("r", "replay", show=False),
        Binding("R", "replay_to", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(
        self, *, socket: str, journal: Path, attached: bool = False, clock: Callable[[], datetime] = local_now
    ) -> None:
        super().__init__(journal=journal, attached=attached, clock=clock)
        self._link = EngineLink(socket)
        self._last_target = ""
        self._was_heard = True

    def listen(self) -> None:
        """The screen is painted: begin what takes longer."""
        super().listen()
        self.run_worker(self._watch(), name="watch")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers: all that the keys do."""
        yield SystemCommand("Replay", "Send the selected capture again", self.action_replay)
        yield SystemCommand("Replay to…", "Send the selected capture somewhere", self.action_replay_to)
        yield SystemCommand("Copy body", "Copy the body of the selected capture", lambda: self._copy(Tab.RAW))
        yield SystemCommand("Copy headers", "Copy its headers", lambda: self._copy(Tab.HEADERS))
        yield SystemCommand("Filter…", "Show only the captures that match", self.action_filter)
        yield SystemCommand("Search…", "Find text in the captures; n and N go on", self.action_search)
        yield SystemCommand("Mark", "Mark the selected capture, or take its mark away", self.action_mark)
        yield SystemCommand("Note…", "Note something on the selected capture", self.action_note)
        yield SystemCommand("Delete…", "Delete the selected capture, after asking", self.action_delete)
        yield SystemCommand("Follow", "Go to the newest capture and follow it", self.action_follow)
        yield SystemCommand("Pause", "Pause or go on painting; nothing is lost", self.action_pause)
        yield SystemCommand("Connection", "Every link of the chain, and what was said", self.action_connection)
        yield SystemCommand("Help", "Keys and marks", self.action_help)
        other = theme.LIGHT if self.theme == theme.DARK.name else theme.DARK
        name = "Dark colours" if other is theme.DARK else "Light colours"
        yield SystemCommand(name, "Change the colours", lambda: self._recolour(other.name))
        yield SystemCommand("Quit", "Stop the run and put everything back", self.action_quit)

    async def _watch(self) -> None:
        await self._link.watch(self._hear)
        if self.scene.status.exit_code is None:
            self.change(lost=True)
            if not _owns_terminal():
                # The shell has taken the terminal back together with the run: nothing can be read here any more.
                self.exit()

    def _hear(self, status: Status) -> None:
        self.scene = replace(self.scene, status=status, heard=True)
        self.look()
        if status.exit_code is not None:
            self.set_timer(_LAST_LOOK_SECONDS, self.exit)

    # Replaying and copying

    def action_replay(self) -> None:
        """Send the selected capture to where this run forwards to, or ask where."""
        if not self.scene.status.targets:
            self.action_replay_to()
        elif self._can_replay():
            self._replay(None)

    def action_replay_to(self) -> None:
        """Ask where to send the selected capture."""
        if not self._can_replay():
            return
        known = self._last_target or next(iter(self.scene.status.targets), "")
        hint = "A port, HOST:PORT/PATH, or a full URL. The bytes and their signature stay as they are."
        self.push_screen(Ask(f"Replay #{self.timeline.number} to", hint, known, check_target), self._replay_there)

    def _can_replay(self) -> bool:
        number = self.timeline.number
        if number is not None and self.scene.fate is Fate.GONE:
            told = "no run is left to send it  "
            self.say([(Tone.BAD, "✗ "), (Tone.TEXT, told), (Tone.ACCENT, f"→ hookscope replay {number} --to URL")])
            return False
        return number is not None

    def _replay_there(self, target: str | None) -> None:
        if target:
            self._last_target = target
            self._replay(target)

    def _replay(self, to: str | None) -> None:
        if (number := self.timeline.number) is not None:
            self.timeline.hold()
            self.run_worker(self._send(number, to), name=f"replay {number}")

    async def _send(self, number: int, to: str | None) -> None:
        where = to or ", ".join(self.scene.status.targets)
        self.say([(Tone.BADGE, "↻ "), (Tone.TEXT, f"replaying #{number} to {cells.clean(where)}…")])
        try:
            delivery = await self._link.replay(number, to)
        except HookscopeError as error:
            self.say_error(error)
            return
        status, told = delivery["status"], f"#{number} → {cells.clean(delivery['target'])}  "
        good = status is not None and 200 <= status < 300
        answer = str(status) if status is not None else cells.clean(delivery["error"] or "no answer")
        mark = (Tone.OK, "✓ ") if good else (Tone.BAD, "✗ ")
        took = f"  in {elapsed(delivery['elapsed_ms'])} ms"
        self.say([mark, (Tone.TEXT, told), (Tone.OK if good else Tone.BAD, answer), (Tone.MUTED, took)])

    def action_copy(self) -> None:
        """Copy the headers where they are looked at, else the body."""
        self._copy(self.tab)

    def _copy(self, tab: Tab) -> None:
        if (number := self.timeline.number) is not None:
            self.run_worker(self._copy_page(number, tab), name=f"copy {number}")

    async def _copy_page(self, number: int, tab: Tab) -> None:
        try:
            found = await asyncio.to_thread(copied, self.journal, number, tab)
        except HookscopeError as error:
            self.say_error(error)
            return
        text, name = found or ("", "nothing")
        if len(text) > _CLIPBOARD_BYTES:
            command = f"hookscope captures show {number} --raw"
            self.say([(Tone.WARN, "! "), (Tone.TEXT, f"{name} is too long for a terminal's clipboard  → {command}")])
        else:
            self.copy_to_clipboard(text)
            self.say([(Tone.OK, "✓ "), (Tone.TEXT, f"copied {name} ({size(len(text.encode()))})")])

    # Ending

    async def action_quit(self) -> None:
        """Stop the run, or leave a view that is only attached to one."""
        self._end(again=False)

    def action_interrupt(self) -> None:
        """As `q`; a second one tells the run to leave at once."""
        self._end(again=True)

    def _end(self, *, again: bool) -> None:
        match self.scene.fate:
            case Fate.GONE | Fate.OVER:
                self.exit()
            case Fate.STOPPING if self.scene.attached and not self.scene.asked:
                self.exit()
            case Fate.STOPPING if not again:
                self.bell()
            case _ if self.scene.attached and not self.scene.asked:
                self._ask_what_to_leave(again=again)
            case _:
                self._stop()

    def _ask_what_to_leave(self, *, again: bool) -> None:
        if not isinstance(self.screen, Leave):
            self.push_screen(Leave(), self._leave)
        elif again:
            self.exit()

    def _leave(self, choice: Choice | None) -> None:
        match choice:
            case Choice.VIEW:
                self.exit()
            case Choice.STOP:
                self._stop()

    def _stop(self) -> None:
        if self.scene.asked >= _PATIENCE and not self._was_heard:
            self.exit()
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._was_heard = False
        self.change(asked=self.scene.asked + 1)
        self.run_worker(self._tell_to_stop(), name=f"stop {self.scene.asked}")

    async def _tell_to_stop(self) -> None:
        try:
            await self._link.stop("asked for on the screen", insist=self.scene.asked > 1)
        except HookscopeError as error:
            self.say_error(error)
        else:
            self._was_heard = True

    def _recolour(self, name: str) -> None:
        self.theme = name
        self.look()


async def show(*, socket: str, journal: Path, attached: bool) -> int:
    """Run the application on this terminal until it ends; its exit code.

    SIGTERM, SIGHUP and SIGINT end it with the terminal put back, which Textual alone does not do. With the
    environment variable HOOKSCOPE_TUI_SCREENSHOT, SIGUSR1 makes it write what it shows to that file, as SVG.
    """
    app = HookscopeApp(socket=socket, journal=journal, attached=attached)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit)
    if picture := os.environ.get("HOOKSCOPE_TUI_SCREENSHOT"):
        loop.add_signal_handler(signal.SIGUSR1, app.save_screenshot, picture)
    await app.run_async()
    if app.scene.fate is Fate.GONE and app.scene.heard:
        print(f"error: the run's process died; what it registered is still there\n  → {TEARDOWN}", file=sys.stderr)
    return app.return_code or 0


def _owns_terminal() -> bool:
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp() if sys.__stdin__ else True
    except OSError:
        return True
