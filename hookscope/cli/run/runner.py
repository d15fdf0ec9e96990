"""A run with its display: the TUI's process, lines on stdout, or JSON."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from hookscope import terminal
from hookscope.cli import output
from hookscope.cli.event_output import show_run
from hookscope.cli.event_progress import print_event
from hookscope.cli.tui_process import TuiProcess
from hookscope.engine import signals
from hookscope.engine.freed_memory import give_back_after_bursts
from hookscope.engine.lifecycle import Lifecycle
from hookscope.errors import ExitCode, HookscopeError
from hookscope.model.feed import Subscriber
from hookscope.model.run_events import Level
from hookscope.run_registry import LiveRun
from hookscope.settings import Output, RunSettings
from hookscope.views.sanitize import sanitize

_LAST_WORDS_SECONDS = 2.0
_LOOK_SECONDS = 1.0
_STDOUT = 1
_COLLECTED_AFTER = 20_000
"""The number of new objects between two collections: those of a thousand captures."""


def run(
    settings: RunSettings,
    *,
    live: LiveRun,
    listener: socket.socket,
    view: TuiProcess | None,
    build: Callable[..., Lifecycle],
) -> ExitCode:
    """Run the engine that `build` makes until it ends, report everything, and return the exit code."""
    # Everything loaded by now stays: the collector need not look at it again between two requests.
    gc.freeze()
    gc.enable()
    # Captures are in no cycle, and those that wait to be shown would be examined again and again.
    gc.set_threshold(_COLLECTED_AFTER)
    running = _Running(settings, live, listener, view, build)
    try:
        return asyncio.run(running.run())
    except BaseException:
        # If the loop itself has failed, everything under way has, too: the rest is put back in another one.
        asyncio.run(running.put_back())
        raise


class _Running:
    def __init__(
        self,
        settings: RunSettings,
        live: LiveRun,
        listener: socket.socket,
        view: TuiProcess | None,
        build: Callable[..., Lifecycle],
    ) -> None:
        self._live = live
        self._view = view
        self._mode = Output.PLAIN if settings.output is Output.TUI else settings.output
        self._fault: HookscopeError | None = None
        self._is_cut = False
        """True if stdout's reader was too slow for the last lines."""
        self._engine = build(settings, live=live, listener=listener, force_exit=self._force_exit)

    async def run(self) -> ExitCode:
        asyncio.get_running_loop().set_exception_handler(_log)
        # From the first item on, unless the view shows it: then only if that should end before the run does.
        showing = self._show_after_view(self._view) if self._view else self._show(self._engine.feed.subscribe())
        shown = asyncio.create_task(showing, name="show")
        watching = asyncio.create_task(self._watch_terminal(), name="watch the terminal")
        tidying = asyncio.create_task(give_back_after_bursts(self._count_captures), name="give memory back")
        with signals.handled(self._engine.stop, self._force_exit):
            code = await self._engine.run()
            try:
                await asyncio.wait_for(shown, _LAST_WORDS_SECONDS)
            except TimeoutError:
                self._is_cut = self._view is None
        watching.cancel()
        tidying.cancel()
        self._conclude()
        return code or (ExitCode.FAILURE if self._fault else ExitCode.OK)

    async def put_back(self) -> None:
        """Put back what an aborted run has left registered. Raises RestoreError."""
        await self._engine.put_back()

    async def _show(self, subscriber: Subscriber) -> None:
        try:
            with subscriber:
                self._fault = await show_run(subscriber, self._mode)
        finally:  # If it has not come to its end, and with it the stream.
            self._engine.stop("stdout was closed")

    async def _show_after_view(self, view: TuiProcess) -> None:
        status = await view.ended()
        if self._engine.board.status.exit_code is not None or terminal.is_gone(_STDOUT):
            return
        view.restore_terminal()
        if not self._engine.is_stopping:
            output.print_note(
                f"the view ended (status {status}); the run continues. "
                "`hookscope attach` opens another view, Ctrl-C puts everything back"
            )
        await self._show(self._engine.feed.subscribe())

    def _count_captures(self) -> int:
        return self._engine.board.status.captures

    async def _watch_terminal(self) -> None:
        """End the run with its terminal, even if SIGHUP does not report that it was closed."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if terminal.is_gone(_STDOUT):
                self._engine.stop("the terminal was closed")
                return

    def _conclude(self) -> None:
        """Print the last messages on the terminal that the view has shown and taken with it."""
        if self._view is not None:
            self._view.close()
            status = self._engine.board.status
            for notice in filter(self._is_last_word, status.notices):
                print_event({"type": "notice", **notice})
            for restored in status.restored:
                output.print_progress(sanitize(f"{restored['ending']:<10} {restored['object']}: {restored['reason']}"))
            if status.captures:
                kept = "1 capture is" if status.captures == 1 else f"{status.captures} captures are"
                output.print_progress(f"{kept} kept: hookscope ls")
        if self._is_cut:
            output.print_note("stdout was not read in time: its last lines are missing, the captures are kept")
        for error in filter(None, (self._engine.error, self._fault)):
            output.print_error(error)

    def _is_last_word(self, notice: Mapping[str, Any]) -> bool:
        """Return whether an item is an error, or a warning of the end: nobody can have read that on the screen."""
        since = self._engine.stopping_since
        at_the_end = since is not None and notice["at"] >= since.isoformat(timespec="milliseconds")
        return notice["level"] == Level.ERROR or (at_the_end and notice["level"] == Level.WARNING)

    def _force_exit(self) -> None:
        """End at once after a second Ctrl-C, and say what is left behind."""
        if self._view is not None:
            self._view.close(timeout=0.2)
        code = ExitCode.OK
        if self._engine.holds_registrations:
            code = ExitCode.NOT_PUT_BACK
            output.print_note(f"ended at once: something may still be registered on app {self._live.app_id}")
            output.print_note(f"  → hookscope teardown --app-id {self._live.app_id}")
        os._exit(code)


def _log(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an unhandled error. An exception here would end the loop before anything is put back."""
    with suppress(Exception):
        loop.default_exception_handler(context)
