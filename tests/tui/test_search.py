import asyncio
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import HookscopeError
from hookscope.filter import parse
from hookscope.journal.editor import JournalEditor
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Cause
from hookscope.tui.workers.live_query import LiveQuery
from hookscope.tui.workers.search_worker import SearchWorker
from tests.support.captures import WHEN, batch_body, feed_body, make_capture
from tests.support.slow import slow_after
from tests.tui.stage import Stage, stage
from tests.tui.test_long_history import fill

INVALID = Signature(verdict=SignatureVerdict.INVALID)


async def receive(shown: Stage, count: int = 30) -> None:
    await shown.engine.receive(
        *(
            make_capture(
                feed_body(f"apple {n:03}" if n % 10 == 3 else f"pear {n:03}", time=n, comment_id=f"901_{n}"),
                received_at=WHEN,
                **({"signature": INVALID} if n % 5 == 0 else {}),
            )
            for n in range(count)
        )
    )
    await shown.see(f"{count - 1:03}")


async def test_a_filter_leaves_only_what_matches(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"apple")
        frame = await shown.see("apple 023", "3 of 30")
        assert "pear" not in frame
        await shown.press("enter")
        await shown.see("filter apple", "esc clear")
        await shown.engine.receive(make_capture(feed_body("apple live"), received_at=WHEN))
        await shown.engine.receive(make_capture(feed_body("pear live"), received_at=WHEN))
        frame = await shown.see("apple live", "4 of 32")
        assert "pear live" not in frame
        await shown.press("escape")
        await shown.see("pear live", "apple live")
        assert shown.app.main.timeline.capture_id == 32


async def test_a_filter_leaves_the_events_of_a_batch_that_match_and_b_replays_these(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=("http://localhost:3000/hook",)) as shown:
        await shown.engine.receive(make_capture(batch_body("one", "two", "three")), make_capture(feed_body("two more")))
        await shown.see("three", "two more")
        await shown.press("f", *"two", "enter")
        frame = await shown.see("1 of a batch of 3", "text: two", "two more")
        assert "text: one" not in frame
        assert "three" not in frame
        await shown.press("B")
        await shown.see("Replay the 2 captures and events that the filter leaves", "signed again")
        await shown.press("enter")
        await shown.until(lambda: [str(ref) for ref, _ in shown.engine.replays] == ["1.2", "2"])
        await shown.press("escape", "escape")
        await shown.see("batch of 3  3 ×", "three")


@pytest.mark.slow
async def test_a_filter_that_makes_no_sense_is_told_while_it_is_typed(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"sig:invalid")
        await shown.see("6 of 30")
        await shown.press(*" fild:x")
        await shown.see("character 13: unknown term fild:", "→ did you mean field:x?")
        await shown.press("enter")
        await shown.see("character 13: unknown term fild:", "filter sig:invalid fild:x")
        await shown.press("y")
        await shown.see("did you mean field:xy?")
        await shown.press("escape")
        await shown.see("pear 029")
        assert "of 30" not in shown.frame()


@pytest.mark.slow
async def test_the_selected_capture_stays_selected(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press(*"kkkkkk")
        assert shown.app.main.timeline.capture_id == 24
        await shown.press("f", *"apple", "enter")
        await shown.see("3 of 30")
        assert shown.app.main.timeline.capture_id == 24
        await shown.press("k")
        assert shown.app.main.timeline.capture_id == 14
        await shown.press("escape")
        await shown.see("pear")
        assert shown.app.main.timeline.capture_id == 14
        assert not shown.app.main.timeline.following


@pytest.mark.slow
async def test_a_search_goes_from_hit_to_hit(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("slash", *"apple", "enter")
        await shown.see("/apple", "1 of 3")
        assert shown.app.main.timeline.capture_id == 24
        await shown.press("n")
        assert shown.app.main.timeline.capture_id == 14
        await shown.press("n", "n")
        assert shown.app.main.timeline.capture_id == 24
        await shown.press("N")
        assert shown.app.main.timeline.capture_id == 4
        await shown.see("3 of 3")
        await shown.press("f", *"sig:valid", "enter")
        await shown.see("24 of 30", "/apple", "of 3")
        await shown.press("escape")
        await shown.miss("/apple")
        await shown.press("escape")
        await shown.miss("24 of 30")


async def test_a_search_goes_to_the_events_of_a_batch_that_match(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(batch_body("two", "one", "two again")), make_capture(feed_body("last")))
        await shown.see("two again", "last")
        await shown.press("slash", *"two", "enter")
        await shown.see("1 of 2", "n N")
        refs = [shown.app.main.timeline.ref]
        for key in ("n", "n", "N"):
            await shown.press(key)
            refs.append(shown.app.main.timeline.ref)
        assert [str(ref) for ref in refs] == ["1.3", "1.1", "1.3", "1.1"]
        await shown.see("2 of 2")
        await shown.press("left", "n")
        await shown.see("1 of 1")
        assert str(shown.app.main.timeline.ref) == "1"


async def test_hits_stand_out_in_the_rows(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("slash", *"app", "enter")
        await shown.see("1 of 3")
        strips = shown.app.screen._compositor.render_strips()
        lit = {segment.text for strip in strips for segment in strip if segment.style and segment.style.reverse}
        assert "app" in lit


@pytest.mark.slow
async def test_nothing_found_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("slash", *"quince", "enter")
        await shown.see("/quince", "no hit")
        await shown.press("escape", "f", *"quince", "enter")
        await shown.see("filter quince", "0 of 30", "esc clear")


async def test_a_capture_is_marked_and_found_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("k", "m")
        await shown.see("◆")
        await shown.press("f", *"is:marked", "enter")
        await shown.see("1 of 30")
        assert shown.app.main.timeline.capture_id == 29
        await shown.press("m")
        await shown.see("0 of 30")


async def test_deleting_asks_first(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("k", "delete")
        await shown.see("#29  page.feed", "delete it")
        await shown.press("escape")
        await shown.miss("delete it")
        await shown.press("delete", "enter")
        frame = await shown.see("deleted #29")
        frame = await shown.miss("pear 028")
        assert "pear 027" in frame
        assert shown.app.main.timeline.capture_id == 30


@pytest.mark.slow
async def test_another_filter_is_typed_over_the_one_that_there_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"apple", "enter")
        await shown.see("3 of 30")
        await shown.press("f", *"pear", "enter")
        await shown.see("filter pear", "27 of 30")


@pytest.mark.slow
async def test_a_key_that_is_held_down_deletes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press(*["delete"] * 4)
        await shown.see("#30  page.feed", "delete it")
        await shown.press("escape")
        await shown.miss("delete it")
        assert shown.app.main.timeline.count == 30


@pytest.mark.slow
async def test_a_deletion_by_somebody_else_is_followed(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press(*"kkkkk")
        with JournalEditor(tmp_path / "journal.db") as upkeep:
            upkeep.delete(range(20, 29))
        await shown.miss("pear 024")
        assert shown.app.main.timeline.capture_id == 29
        assert shown.app.main.timeline.count == 21
        with JournalEditor(tmp_path / "journal.db") as upkeep:
            upkeep.delete(range(1, 40))
        await shown.until(lambda: shown.app.main.timeline.count == 0)
        await shown.engine.receive(make_capture(feed_body("after all"), received_at=WHEN))
        await shown.see("after all")


@pytest.mark.slow
async def test_a_long_history_is_filtered(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await fill(journal, 10_000)
    async with JournalWriter(journal) as opened:
        await opened.append(make_capture(feed_body("needle"), received_at=WHEN))
        await opened.append(replace(make_capture(feed_body("other")), received_at=WHEN))
        with JournalEditor(journal) as upkeep:
            upkeep.catch_up()
    async with stage(tmp_path) as shown:
        await shown.see("other")
        await shown.press("f", *"needle")
        await shown.see("1 of 10,002")
        await shown.press("enter", "escape", "f", *"first")
        await shown.see("10,000 of 10,002")


@pytest.mark.slow
async def test_the_footer_and_the_empty_list_say_what_is_going_on(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await receive(shown)
        await shown.press("f", *"quince")
        await shown.see("no capture matches", "enter apply", "esc cancel")
        await shown.press("escape")
        await shown.see("pear 029", "f filter", "/ search", "m mark")
        await shown.press("m")
        await shown.see("◆ marked")
        await shown.press("slash", *"tester", "enter")
        await shown.see("1 of 30")
        strips = shown.app.screen._compositor.render_strips()
        lit = [segment.text for strip in strips for segment in strip if segment.style and segment.style.reverse]
        assert lit.count("Tester") > 10  # In the rows, and in the event below them.


async def test_a_look_that_finds_nothing_is_given_up_when_something_else_is_wanted(tmp_path: Path) -> None:
    path, told = tmp_path / "journal.db", list[HookscopeError]()
    await fill(path, 2000)
    worker = SearchWorker(path, found=lambda *_: None, revised=lambda *_: None, fail=told.append)
    wanted = parse("not $.object==page")
    worker.want(wanted)
    worker.want(None)
    await asyncio.to_thread(worker._look, wanted, asyncio.get_running_loop(), older=True)
    assert not told
    assert worker._last == 0


async def test_earlier_hits_are_not_counted_for_another_filter(tmp_path: Path) -> None:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        await journal.append(make_capture(feed_body("apple")))
        told = asyncio.Event()
        query = LiveQuery(
            journal.path, begun=lambda: None, found=lambda *_: told.set(), revised=lambda *_: None, fail=lambda _: None
        )
        looking = asyncio.create_task(query.worker.run())
        for text in ("apple", "quince"):
            told.clear()
            query.ask(text)
            assert query.is_fresh
            await told.wait()
            assert not query.is_fresh
        looking.cancel()


@pytest.mark.slow
async def test_refused_notifications_are_found_by_the_apps_answer(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=("http://localhost:3000/hook",)) as shown:
        await receive(shown)
        for number in (4, 9, 30):
            await shown.engine.deliver(number, status=503)
        await shown.press("f", *"app:5xx", "enter")
        await shown.see("filter app:5xx", "3 of 30")
        await shown.press("k")
        assert shown.app.main.timeline.capture_id == 9
        await shown.engine.deliver(20, status=500)
        await shown.engine.deliver(2, status=500)
        frame = await shown.see("5 of 30", "pear 019", "pear 001")
        assert "pear 018" not in frame
        assert shown.app.main.timeline.capture_id == 9
        await shown.engine.deliver(9, status=200, cause=Cause.REPLAY)
        await shown.see("4 of 30")
        await shown.miss("pear 008")
        assert shown.app.main.timeline.capture_id == 20
        await shown.press("escape")
        await shown.see("pear 008")


@pytest.mark.slow
async def test_a_search_for_what_the_app_has_refused_follows_its_answers(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=("http://localhost:3000/hook",)) as shown:
        await receive(shown)
        for number in (4, 9, 30):
            await shown.engine.deliver(number, status=503)
        await shown.press("slash", *"app:503", "enter")
        await shown.see("/app:503", "1 of 3")
        await shown.engine.deliver(9, status=200)
        await shown.see("1 of 2")
        await shown.press("n")
        assert shown.app.main.timeline.capture_id == 4


@pytest.mark.slow
async def test_no_hits_of_a_stale_beginning_are_shown_for_a_filter_that_makes_no_sense(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"apple")
        await shown.see("3 of 30")
        await shown.press(*" fild:x")
        await shown.see("unknown term fild:", "pear 029")
        assert "of 30" not in shown.frame()
        await shown.press("ctrl+u", *"apple", "enter")
        await shown.see("filter apple", "3 of 30")
        await shown.press("f", *"sig:invalid fild:x")
        await shown.see("unknown term fild:", "3 of 30")


@pytest.mark.slow
async def test_actions_on_a_list_that_a_filter_has_emptied_say_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"quince", "enter")
        await shown.see("0 of 30", "no capture matches")
        for key in ("r", "y", "m", "delete"):
            await shown.press(key)
            await shown.see("! no capture matches", "→ esc clears the filter")


@pytest.mark.slow
async def test_tab_completes_and_never_leaves_the_line(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"si")
        await shown.see("tab sig:  since:")
        await shown.press("g", "tab", *"inv", "tab", "enter")
        await shown.see("filter sig:invalid", "6 of 30")
        await shown.press("f", "tab", "tab", *"qx", "escape")
        await shown.see("filter sig:invalid", "6 of 30")
        await shown.press("f", "ctrl+u", *"from:1", "tab", "enter")
        await shown.see("filter from:1234 ")
        assert not shown.engine.stops


@pytest.mark.slow
async def test_earlier_filters_come_back_with_the_arrows(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        for text in ("apple", "pear"):
            await shown.press("f", "ctrl+u", *text, "enter", "escape")
        shown.type("f", "up", "up", "enter")
        await shown.see("filter apple", "3 of 30")


@pytest.mark.parametrize("key", slow_after(1, ["s", "escape"]))
async def test_the_selected_row_is_in_view_when_the_filter_ends(tmp_path: Path, key: str) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown, 90)
        await shown.see("089")
        await shown.press("pageup", "k")
        (before,) = re.findall("▌.*", shown.frame())
        await shown.press("f", *"id:1..5", "enter")
        await shown.see("5 of 90")
        await shown.press(key)
        assert before in await shown.miss("5 of 90")


@pytest.mark.slow
async def test_one_key_suspends_the_filter_and_resumes_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown)
        await shown.press("f", *"apple", "enter")
        await shown.see("filter apple", "3 of 30")
        await shown.press("s")
        await shown.see("filter apple  suspended, s resumes", "pear 029")
        await shown.press("s")
        await shown.see("filter apple", "3 of 30")
        await shown.press("s", "escape")
        await shown.miss("suspended")


@pytest.mark.slow
async def test_one_key_shows_what_is_different_from_the_last_one_of_its_kind(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown, 3)
        await shown.press("D")
        await shown.see("Compare #2 with #3", "~ 1 changed", "that always differ")
        await shown.press("escape", "g", "D")
        await shown.see("#1 is the first of its kind")


@pytest.mark.slow
async def test_the_history_is_cleared_after_asking_but_not_of_what_is_marked(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await receive(shown, 5)
        await shown.press("k", "m")
        await shown.see("◆")
        shown.app.action_act("clear")
        await shown.see("Clear the history", "delete them")
        await shown.press("enter")
        await shown.see("deleted 4 captures")
        await shown.until(lambda: shown.app.main.timeline.total == 1)
