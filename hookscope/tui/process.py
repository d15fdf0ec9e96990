"""The application as a process: on this terminal until it ends, whatever ends it."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hookscope.paths import state_folder
from hookscope.tui.app import HookscopeApp
from hookscope.tui.render.header import TEARDOWN
from hookscope.tui.view_state import RunState, ViewState
from hookscope.tui.watchdog import Watchdog

_START_SECONDS = 2.0
"""The time after which the first picture is painted, on any machine that is not stuck."""


async def show(
    *,
    socket: str,
    journal: Path,
    attached: bool,
    secrets: Sequence[str],
    signing: Mapping[str, str],
    watchdog: Watchdog,
    painted: Callable[[], None],
) -> int:
    """Run the application on this terminal until it ends; return its exit code.

    It ends with its terminal and its parent, and calls `painted` after the first picture. `secrets` are the texts that
    no export may hold, `signing` has the app secrets by name.

    SIGTERM, SIGHUP and SIGINT end it with the terminal restored, which Textual alone does not do. With the environment
    variable HOOKSCOPE_TUI_SCREENSHOT, SIGUSR1 makes it write its screen to that file, as SVG.
    """
    app = HookscopeApp(
        socket=socket,
        journal=journal,
        attached=attached,
        secrets=secrets,
        signing=signing,
        filters=state_folder() / "filters",
        is_new=_is_first_screen(state_folder() / "welcomed"),
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit)
    app.on_painted = painted
    watchdog.on_loss = lambda loss: _call_soon(loop, lambda: app.abandon(loss))
    if picture := os.environ.get("HOOKSCOPE_TUI_SCREENSHOT"):
        # Textual can render new content only in the application's own context.
        loop.add_signal_handler(signal.SIGUSR1, app.call_later, app.save_screenshot, picture)
    loop.call_later(_START_SECONDS, _collect_garbage)
    await app.run_async()
    with suppress(OSError):  # The terminal may be gone.
        _say_last(app.main.state)
    return app.return_code or 0


def _collect_garbage() -> None:
    """Collect garbage from now on; what the start has made stays."""
    gc.freeze()
    gc.enable()


def _is_first_screen(mark: Path) -> bool:
    """Return whether this is the user's first screen, and remember that."""
    if mark.exists():
        return False
    with suppress(OSError):
        mark.touch(mode=0o600)  # The run has created the folder; without it, the hint is shown again.
    return True


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # It has ended already.
        loop.call_soon_threadsafe(call)


def _say_last(state: ViewState) -> None:
    if state.attached and state.run_state is RunState.OVER:
        print(f"the run has ended with exit code {state.status.exit_code}", file=sys.stderr)
    if state.run_state is RunState.GONE and state.has_status:
        still = f"; its subscriptions are still registered\n  → {TEARDOWN}"
        left = ", and its sandbox with it" if state.status.sandbox else "" if state.status.log else still
        print(f"error: the run's process died{left}", file=sys.stderr)
