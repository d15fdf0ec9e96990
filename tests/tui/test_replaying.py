from pathlib import Path

import pytest

from hookscope.model.capture_id import EventRef
from hookscope.model.record import Cause, Delivery, Run
from hookscope.settings import Route
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake
from tests.tui.stage import stage

TARGET = "http://localhost:3000/hook"


async def test_r_sends_to_the_forward_target_and_tells_the_outcome(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture(), make_capture(feed_body("second")))
        await shown.see(": second")
        await shown.press("k", "r")
        await shown.see(f"✓ #1 → {TARGET}", "200", "23 ms", "✓200")
        assert shown.engine.replays == [(1, None)]


@pytest.mark.slow
async def test_of_several_applications_the_run_knows_which_is_meant(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET, "http://localhost:3001/")) as shown:
        shown.engine.answers.clear()
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("r")
        assert "3001" not in await shown.see("sending #1 to its app…")
        shown.engine.answers.set()
        await shown.see(f"✓ #1 → {TARGET}")


async def test_r_asks_where_when_there_is_no_target(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("r")
        await shown.see("Replay #1 to")
        await shown.press(*"3000", "enter")
        await shown.see("✓ #1 → http://localhost:3000/")
        assert shown.engine.replays == [(1, "http://localhost:3000/")]


async def test_r_asks_nothing_where_the_capture_came_in_a_run_that_had_a_target(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        routes = (Route(target=TARGET),)
        earlier = Run(key="k", app_id="1", objects=("page",), targets=(TARGET,), routes=routes, started_at=WHEN)
        run = await shown.engine.journal.begin_run(earlier)
        await shown.engine.receive(make_capture(run_id=run.id))
        await shown.see("comment add")
        await shown.press("r")
        await shown.until(lambda: shown.engine.replays == [(1, None)])


@pytest.mark.slow
async def test_r_asks_where_the_capture_came_in_a_run_that_had_no_target(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        earlier = Run(key="k", app_id="1", objects=("page",), targets=(), started_at=WHEN)
        run = await shown.engine.journal.begin_run(earlier)
        await shown.engine.receive(make_capture(run_id=run.id))
        await shown.see("comment add")
        await shown.press("r")
        await shown.see("Replay #1 to", TARGET)
        await shown.press("enter")
        await shown.until(lambda: shown.engine.replays == [(1, TARGET)])


@pytest.mark.slow
async def test_an_address_that_will_not_do_is_refused_and_asked_again(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("R")
        await shown.see("Replay #1 to", TARGET)
        await shown.press(*"999999", "enter")
        await shown.see("✗ '999999' is not a valid target", "→ give a port")
        await shown.press("escape")
        await shown.miss("Replay #1 to")
        assert shown.engine.replays == []


@pytest.mark.slow
async def test_the_last_address_is_offered_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("R", *"3000", "enter")
        await shown.until(lambda: len(shown.engine.replays) == 1)
        await shown.press("R", "enter")
        await shown.until(lambda: shown.engine.replays == [(1, "http://localhost:3000/")] * 2)


async def test_a_refusal_of_the_run_is_told_with_its_hint(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        shown.engine.say_no = True
        await shown.press("r")
        await shown.see("✗ there is no application to send to", "→ name one")


async def test_without_a_capture_nothing_is_sent(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.see("waiting for the first")
        await shown.press("r", "R", "y", "enter")
        assert "Replay" not in shown.frame()
        assert shown.engine.replays == []


@pytest.mark.slow
async def test_the_palette_offers_what_the_keys_do(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("ctrl+p")
        await shown.see("Search for commands")
        await shown.press(*"Replay", "enter", "enter")
        await shown.until(lambda: shown.engine.replays == [(1, None)])


async def test_r_on_an_event_of_a_batch_sends_that_event(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture(batch_body("one", "two")))
        await shown.see("batch of 2", "two")
        await shown.press("k", "r")
        await shown.see(f"✓ #1.1 → {TARGET}", "signed again")
        assert shown.engine.replays == [(EventRef(1, 1), None)]


async def test_r_sends_all_that_are_marked_and_waits_in_a_pause(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(*(make_capture(feed_body(f"text {n}", comment_id=f"1_{n}")) for n in range(3)))
        await shown.see("text 2")
        await shown.press("m", "k", "m", "k")
        await shown.until(lambda: shown.frame().count("◆") == 2)
        shown.engine.answers.clear()
        await shown.press("r")
        await shown.see("Replay 2 captures", "0 of 2", "space pause")
        await shown.press("space")
        await shown.see("paused", "space go on")
        shown.engine.answers.set()
        await shown.see("1 of 2")
        await shown.press("space")
        await shown.see("2 of 2", "✓ 2 accepted", "esc back")
        assert shown.engine.replays == [(2, None), (3, None)]
        await shown.press("escape")
        await shown.miss("accepted")


@pytest.mark.slow
async def test_a_handshake_that_the_app_answered_wrongly_is_wrong_everywhere(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        [handshake] = await shown.engine.receive(make_handshake())
        told = "the body with 200 is not the challenge"

        async def wrong(number: int, _to: str | None, _body: bytes | None) -> Delivery:
            return await shown.engine.deliver(number, cause=Cause.REPLAY, target=TARGET, error=told)

        shown.engine.replay = wrong  # type: ignore[assignment,method-assign]
        await shown.see("✓ accepted")
        await shown.press("r")
        assert "✓200" not in await shown.see(f"✗ #{handshake.id} → {TARGET}", told, "✗200")


async def test_what_the_filter_leaves_is_replayed_after_asking(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(*(make_capture(feed_body(text)) for text in ("apple", "pear", "apple pie")))
        await shown.see(": apple pie")
        await shown.press("B")
        await shown.see("! no filter is active", "→ f types one")
        await shown.press("f", *"apple", "enter")
        await shown.see("2 of 3")
        await shown.press("B")
        await shown.see("Replay the 2 captures that the filter leaves", "enter send")
        shown.engine.answers.clear()
        await shown.press("enter")
        await shown.see("Replay 2 captures", "0 of 2", "space pause")
        await shown.press("space")
        shown.engine.answers.set()
        await shown.see("1 of 2", "‖ paused")
        await shown.press("space")
        await shown.see("✓ 2 accepted")
        assert shown.engine.replays == [(1, None), (3, None)]


@pytest.mark.slow
async def test_leaving_amid_a_bulk_replay_stops_it(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture(), make_capture(), make_handshake())
        await shown.press("f", *"kind:notification", "enter")
        await shown.see("2 of 3")
        shown.engine.answers.clear()
        await shown.press("B", "enter")
        await shown.see("Replay 2 captures", "0 of 2")
        await shown.until(lambda: len(shown.engine.replays) == 1)
        await shown.press("escape")
        shown.engine.answers.set()
        await shown.miss("Replay 2 captures")
        assert len(shown.engine.replays) == 1


async def test_a_handshake_has_no_body_to_edit(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_handshake())
        await shown.see("handshake")
        await shown.press("e")
        await shown.see("! #1 has no body to edit")
