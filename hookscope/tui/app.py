"""The acting half of the application: listens to the run, and asks things of it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from hookscope.errors import HookscopeError
from hookscope.tui import theme
from hookscope.tui.controllers.replay import ReplayController
from hookscope.tui.render.header import TEARDOWN
from hookscope.tui.screens.dialogs import Choice, QuitDialog
from hookscope.tui.view_state import RunState, ViewState
from hookscope.tui.watchdog import Loss, Watchdog
from hookscope.tui.workers.run_client import RunClient
from hookscope.views.status import Status

_LAST_LOOK_SECONDS = 0.25
_PATIENCE = 3
"""After so many interruptions that the run has not answered, this view ends by itself."""


def local_now() -> datetime:
    """The present in the reader's own time zone."""
    return datetime.now().astimezone()


class HookscopeApp(ReplayController):
    """Shows a run: the journal that it writes, and what its control socket tells."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("q,ctrl+q", "quit", show=False),
    ]

    def __init__(
        self,
        *,
        socket: str,
        journal: Path,
        attached: bool = False,
        secrets: Sequence[str] = (),
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        super().__init__(link=RunClient(socket), journal=journal, attached=attached, secrets=secrets, clock=clock)
        self._was_heard = True

    def listen(self) -> None:
        """The screen is painted: begin what takes longer."""
        super().listen()
        self.run_worker(self._watch(), name="watch")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers: all that the keys do."""
        yield SystemCommand("Replay", "Send the selected capture again", self.action_replay)
        yield SystemCommand("Replay to…", "Send the selected capture somewhere", self.action_replay_to)
        yield SystemCommand("Edit…", "Edit the selected capture, and send it signed again", self.action_edit)
        yield SystemCommand("Trigger…", "Have the run receive a sample", self.action_trigger)
        yield SystemCommand("Copy body", "Copy the body of the selected capture", lambda: self.copy_as("body"))
        yield SystemCommand("Copy headers", "Copy its headers", lambda: self.copy_as("headers"))
        yield SystemCommand("Copy as curl", "Copy a command that sends it", lambda: self.copy_as("curl"))
        yield SystemCommand("Export…", "Write the marked captures, or the selected one, as…", self.action_export)
        yield SystemCommand("Compare", "Show how the two marked captures differ", self.action_compare)
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
        leaving = self.scene.attached or self.scene.fate is RunState.GONE
        quitting = "Leave this view, or stop the run" if leaving else "Stop the run and put everything back"
        yield SystemCommand("Quit", quitting, self.action_quit)

    async def _watch(self) -> None:
        await self.link.watch(self._hear)
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

    # Ending

    def abandon(self, loss: Loss) -> None:
        """Leave: the terminal is gone, or the process that has started this view."""
        if loss is Loss.PARENT and not self.scene.attached:
            self.scene = replace(self.scene, heard=True, lost=True)  # That was the run.
        self.exit()

    async def action_quit(self) -> None:
        """Stop the run, or leave a view that is only attached to one."""
        self._end(again=False)

    def action_interrupt(self) -> None:
        """As `q`; a second one tells the run to leave at once."""
        self._end(again=True)

    def _end(self, *, again: bool) -> None:
        match self.scene.fate:
            case RunState.GONE | RunState.OVER:
                self.exit()
            case RunState.STOPPING if self.scene.attached and not self.scene.asked:
                self.exit()
            case RunState.STOPPING if not again:
                self.bell()
            case _ if self.scene.attached and not self.scene.asked:
                self._ask_what_to_leave(again=again)
            case _:
                self._stop()

    def _ask_what_to_leave(self, *, again: bool) -> None:
        if not isinstance(self.screen, QuitDialog):
            self.push_screen(QuitDialog(), self._leave)
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
            await self.link.stop("asked for on the screen", insist=self.scene.asked > 1)
        except HookscopeError as error:
            self.say_error(error)
        else:
            self._was_heard = True

    def _recolour(self, name: str) -> None:
        self.theme = name
        self.look()


async def show(*, socket: str, journal: Path, attached: bool, secrets: Sequence[str], watchdog: Watchdog) -> int:
    """Run the application on this terminal until it ends; its exit code. It ends with the terminal and with its parent.

    SIGTERM, SIGHUP and SIGINT end it with the terminal put back, which Textual alone does not do. With the
    environment variable HOOKSCOPE_TUI_SCREENSHOT, SIGUSR1 makes it write what it shows to that file, as SVG.
    """
    app = HookscopeApp(socket=socket, journal=journal, attached=attached, secrets=secrets)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit)
    watchdog.told = lambda loss: _call_soon(loop, lambda: app.abandon(loss))
    if picture := os.environ.get("HOOKSCOPE_TUI_SCREENSHOT"):
        loop.add_signal_handler(signal.SIGUSR1, app.save_screenshot, picture)
    await app.run_async()
    with suppress(OSError):  # The terminal may be gone.
        _say_last(app.scene)
    return app.return_code or 0


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # It has ended already.
        loop.call_soon_threadsafe(call)


def _say_last(scene: ViewState) -> None:
    if scene.attached and scene.fate is RunState.OVER:
        print(f"the run is over, with exit code {scene.status.exit_code}", file=sys.stderr)
    if scene.fate is RunState.GONE and scene.heard:
        print(f"error: the run's process died; what it registered is still there\n  → {TEARDOWN}", file=sys.stderr)


def _owns_terminal() -> bool:
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp() if sys.__stdin__ else True
    except OSError:
        return True
