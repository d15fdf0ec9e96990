import socket
from pathlib import Path

import pytest

from hookscope.errors import ExitCode
from hookscope.journal.writer import JournalWriter
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    PageEnded,
    PageInstalled,
    Phase,
    PhaseChanged,
    Stopped,
    SubscriptionEnded,
)
from hookscope.tui.workers.journal_view import JournalView
from hookscope.views.status import Status
from tests.support.captures import make_capture
from tests.support.slow import slow_after
from tests.tui.stage import Stage, at, stage


async def ended(shown: Stage) -> bool:
    """Wait for the application's end."""
    await shown.until(lambda: not shown.app.is_running, "the end")
    return True


@pytest.mark.parametrize("key", slow_after(1, ["q", "ctrl+c", "ctrl+q"]))
async def test_the_run_is_stopped_and_the_view_stays_until_all_is_put_back(tmp_path: Path, key: str) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        await shown.press(key)
        await shown.see("Putting everything back", "page         being put back")
        await shown.until(lambda: len(shown.engine.stops) == 1)
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="asked for"))
        reason = "nothing was registered before"
        shown.engine.say(SubscriptionEnded(ending=Ending.REMOVED, object="page", callback_url=None, reason=reason))
        await shown.see("✓ page", "removed: nothing was registered before")
        shown.engine.say(Stopped(captures=0, notifications=0, exit_code=ExitCode.OK))
        await shown.see("✓ Everything was put back")
        await ended(shown)
        assert shown.app.return_code == 0


@pytest.mark.slow
async def test_a_page_is_a_link_of_its_own_until_it_is_put_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.say(PageInstalled(page="937852841722195", fields=("feed", "messages"), displaced=("feed",)))
        await shown.see("page:9378528417221…")
        await shown.press("i")
        await shown.see("page:937852… feed, messages")
        await shown.press("escape", "q")
        await shown.see("page:937852… being put back")
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="asked for"))
        shown.engine.say(PageEnded(ending=Ending.RESTORED, page="937852841722195", reason="it has feed again"))
        await shown.see("page:937852… restored: it has feed again")


@pytest.mark.slow
async def test_a_second_interruption_is_told_again_and_a_second_q_is_not(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        await shown.press("ctrl+c", "q")
        await shown.see("Putting everything back")
        await shown.press("ctrl+c")
        await shown.see("Putting everything back (asked 2 times)")
        await shown.until(lambda: len(shown.engine.stops) == 2)
        assert shown.engine.forced == 1


async def test_quitting_works_before_the_run_has_said_anything(tmp_path: Path) -> None:
    async with stage(tmp_path, live=False) as shown:
        await shown.press("q")
        await shown.see("Putting everything back")
        await shown.until(lambda: len(shown.engine.stops) == 1)


@pytest.mark.slow
async def test_a_run_that_ends_by_itself_shows_it_too(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="3 notifications came"))
        await shown.see("Putting everything back", "3 notifications came")
        assert not shown.engine.stops


async def test_a_failed_restore_is_named_with_the_command_to_repeat(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="asked for"))
        trouble = Notice(level=Level.ERROR, message="the Graph API does not answer", hint="check the network", at=at(0))
        shown.engine.say(trouble)
        await shown.see("✗ the Graph API does not answer", "→ check the network")
        shown.engine.say(Stopped(captures=0, notifications=0, exit_code=ExitCode.NOT_PUT_BACK))
        await shown.see("✗ Not everything could be put back", "page         still registered", "hookscope teardown")
        await ended(shown)


@pytest.mark.slow
async def test_another_exit_code_is_shown(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        shown.engine.say(Stopped(captures=0, notifications=0, exit_code=ExitCode.EXPECTATION))
        await shown.see("The run has ended with exit code 6")
        await ended(shown)


@pytest.mark.slow
async def test_subscriptions_that_end_with_their_sandbox_need_no_restore(tmp_path: Path) -> None:
    async with stage(tmp_path, sandbox=True) as shown:
        await shown.see("waiting for the first")
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="asked for"))
        assert "teardown" not in await shown.see("ctrl+c again leaves at once")


async def test_the_death_of_the_run_is_told_and_the_captures_stay_readable(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.die()
        await shown.see("✗ gone", "the run's process died", "hookscope teardown", "? receiver")
        await shown.press("enter")
        await shown.see("verb          add", "the run's process died")
        await shown.press("r")
        await shown.see("✗ no run is there to send it", "→ hookscope replay 1 --to URL")
        await shown.press("y")
        await shown.see("copied the body of #1")
        await shown.press("q")
        await ended(shown)


async def test_a_view_that_finds_no_run_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        await shown.die()
        await shown.see("the run's process died")
    (tmp_path / "s").unlink()
    async with shown.show((80, 24), attached=True):
        await shown.see("no run answers here")
        await shown.press("q")
        await ended(shown)


@pytest.mark.slow
async def test_an_attached_view_leaves_alone(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        await shown.see("waiting for the first", "attached")
        await shown.press("q")
        await shown.see("close this view only")
        await shown.press("escape")
        await shown.miss("close this view only")
        await shown.press("ctrl+c")
        await shown.see("close this view only")
        await shown.press("v")
        await ended(shown)
        assert not shown.engine.stops


async def test_an_attached_view_stops_the_run_when_it_is_told_to(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        await shown.see("waiting for the first")
        await shown.press("q", "s")
        await shown.see("Putting everything back")
        await shown.until(lambda: len(shown.engine.stops) == 1)


@pytest.mark.slow
async def test_a_second_interruption_leaves_an_attached_view(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        await shown.see("waiting for the first")
        await shown.press("ctrl+c", "ctrl+c")
        await ended(shown)
        assert not shown.engine.stops


@pytest.mark.slow
async def test_an_attached_view_may_go_while_the_run_puts_back(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason="asked for"))
        await shown.see("Putting everything back", "q leaves this view")
        await shown.press("q")
        await ended(shown)
        assert not shown.engine.stops


async def test_a_run_that_never_answers_does_not_hold_the_reader_captive(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        shown = Stage(tmp_path, journal, Status())
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            async with shown.show((80, 24), attached=False):
                await shown.see("Getting ready")
                await shown.press("ctrl+c", "ctrl+c", "ctrl+c")
                await shown.see("Putting everything back (asked 3 times)")
                await shown.press("ctrl+c")
                await ended(shown)


async def test_a_moment_that_comes_while_the_screen_is_taken_down_is_not_painted(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        app = shown.app
    app.main.look()
    assert not app.is_running


@pytest.mark.parametrize("was_open", [True, False])
async def test_a_journal_is_not_opened_for_a_closed_screen(tmp_path: Path, was_open: bool) -> None:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        await journal.append(make_capture())
    view = JournalView(tmp_path / "journal.db", None)
    view.show_run(None)
    assert not was_open or view.refresh(at(0))
    view.close()
    assert not view.refresh(at(1))
    assert not view.show_run(7) or not view.refresh(at(2))
    assert (view.timeline.is_open, view.problem) == (was_open, None)


async def test_details_read_for_a_closed_screen_are_not_shown(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("live")
    shown.app.main.captures.reveal()
    shown.app.main.paint()


async def test_the_view_of_a_run_is_not_suspended_and_says_why(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        await shown.press("ctrl+z")
        await shown.see("this would stop the run as well  → suspend a view of hookscope attach")


async def test_where_there_is_no_shell_a_view_is_not_suspended(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        await shown.see("waiting for the first")
        await shown.press("ctrl+z")
        await shown.see("there is no shell to go back to")
