"""The look of a run that mirrors a shared log, in each state of that log, at three sizes; see test_states."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.model.record import Shared
from hookscope.model.run_events import EntriesGone, Level, LogSeen, Notice, Phase, PhaseChanged, Stopped
from hookscope.views.status import LinkStatus
from tests.support.captures import feed_body, make_capture
from tests.support.slow import slow_after
from tests.tui.stage import SIZES, Stage, at, stage

LOG = "anna@db.example.com/hooks"
REASON = 'connection to server at "203.0.113.7", port 5432 failed: Connection refused'
CHANGED = "the shared log's past has changed: it ends with @345, but @360 was mirrored from it"


async def log_awaited(shown: Stage) -> None:
    """Nothing was ever heard of the log."""
    shown.engine.say(LogSeen(log=LOG, trouble=f"log away since 19:33:29: {REASON}", at=at(0)))
    notice = Notice(
        level=Level.WARNING, message=f"log away since 19:33:29: {REASON}", hint="check that the database runs", at=at(0)
    )
    shown.engine.say(notice)
    await shown.see("✗ log")


async def log_mirrored(shown: Stage) -> None:
    shown.engine.say(LogSeen(log=LOG, at=at(-60)))
    shown.engine.say(PhaseChanged(phase=Phase.LIVE, at=at(-60)))
    for seq in range(1, 4):
        capture = make_capture(feed_body(f"number {seq}", comment_id=f"1_{seq}"))
        await shown.engine.receive(replace(capture, shared=Shared(log="7e57", seq=seq)))
    await shown.see("number 3")


async def log_away(shown: Stage) -> None:
    await log_mirrored(shown)
    trouble = f"log away since 19:33:29: {REASON}"
    shown.engine.say(LogSeen(log=LOG, trouble=trouble, at=at(0)))
    message = f"{trouble}; it goes on after @3 by itself"
    shown.engine.say(Notice(level=Level.WARNING, message=message, hint="check that the database runs", at=at(0)))
    await shown.see("away since 19:33:29")


async def log_gap(shown: Stage) -> None:
    await log_mirrored(shown)
    shown.engine.say(EntriesGone(log="7e57", first=4, last=40, at=at(0)))
    message = "the log no longer has @4 to @40: they were deleted before they came here"
    hint = "have the relay keep more: relay --retain"
    shown.engine.say(Notice(level=Level.WARNING, message=message, hint=hint, at=at(0)))
    await shown.see("the log no longer has @4 to @40")


async def log_refused(shown: Stage) -> None:
    await log_mirrored(shown)
    shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason=CHANGED, at=at(0)))
    shown.engine.say(Stopped(captures=3, notifications=3, exit_code=2, at=at(0)))
    await shown.see("exit code 2")


STATES: list[Callable[[Stage], Awaitable[None]]] = [log_away, log_awaited, log_mirrored, log_gap, log_refused]


@pytest.mark.parametrize("size", slow_after(1, SIZES), ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", slow_after(1, STATES), ids=lambda state: state.__name__)
async def test_a_state_of_the_log_looks_as_it_should(
    tmp_path: Path, state: Callable[[Stage], Awaitable[None]], size: tuple[int, int]
) -> None:
    async with stage(tmp_path, size=size, live=False, app_id=LOG, log=LinkStatus()) as shown:
        await state(shown)
        await shown.matches(state.__name__.replace("_", "-"))
