from pathlib import Path

import pytest

from hookscope.model.record import Run
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture
from tests.tui.stage import stage

TARGET = "http://localhost:3000/hook"


async def test_r_sends_to_the_forward_target_and_tells_the_outcome(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture(), make_capture(feed_body("second")))
        await shown.see(": second")
        await shown.press("k", "r")
        await shown.see(f"✓ #1 → {TARGET}", "200", "23 ms", "✓200")
        assert shown.engine.replays == [(1, None)]


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


async def test_the_palette_offers_what_the_keys_do(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("ctrl+p")
        await shown.see("Search for commands")
        await shown.press(*"Replay", "enter", "enter")
        await shown.until(lambda: shown.engine.replays == [(1, None)])
