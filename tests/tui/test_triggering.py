"""Triggering samples from the screen."""

import json
from pathlib import Path

import pytest

from hookscope.model.run_events import SubscriptionActive
from hookscope.samples.catalog import all_samples
from tests.support.captures import make_capture
from tests.tui.stage import SIZES, stage


async def test_a_sample_is_searched_for_and_sent_and_its_capture_selected(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("t")
        await shown.see("Trigger a sample", "page.feed")
        await shown.press(*"wa text")
        await shown.miss("page.feed.comment")
        await shown.press("enter")
        await shown.see("✓ triggered whatsapp", "→ #2", "200")
        assert json.loads(shown.engine.triggered[0])["object"] == "whatsapp_business_account"
        assert shown.app.main.timeline.capture_id == 2
        assert not shown.app.main.timeline.following


async def test_of_a_sample_that_the_filter_hides_it_is_told_how_to_see_it(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 20)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("Tester: and the next one")
        await shown.press("f", *"field:feed", "enter")
        await shown.see("1 of 1")
        await shown.press("t", *"wa text", "enter")
        await shown.see("✓ #2  200  in 1.2 ms  the filter hides it  → s suspends it", "1 of 2")
        await shown.press("s")
        await shown.see("#2", "suspended")


async def test_a_sample_that_the_filter_leaves_is_selected(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.press("f", *"object:page", "enter", "t", *"page.feed.comment", "enter")
        await shown.see("✓ triggered page.feed.comment → #2")
        await shown.until(lambda: shown.app.main.timeline.capture_id == 2)
        assert not shown.app.main.timeline.following


async def test_a_sample_that_comes_while_paused_is_not_said_to_be_hidden(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("f", *"object:page", "enter")
        await shown.see("1 of 1")
        await shown.press("space", "t", *"page.feed.comment", "enter")
        await shown.see("✓ triggered page.feed.comment → #2")
        assert not shown.app.main.timeline.has(2)


@pytest.mark.slow
async def test_the_last_choice_comes_first_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.press("t", *"leadgen", "enter")
        await shown.until(lambda: len(shown.engine.triggered) == 1)
        await shown.press("t", "enter")
        await shown.until(lambda: len(shown.engine.triggered) == 2)
        assert b"leadgen" in shown.engine.triggered[1]


async def test_samples_of_what_is_subscribed_come_first(tmp_path: Path) -> None:
    async with stage(tmp_path, live=False) as shown:
        shown.engine.say(SubscriptionActive(object="threads", fields=("replies",), callback_url="https://x.example"))
        await shown.until(lambda: "threads" in shown.app.main.state.status.registered)
        await shown.press("t")
        frame = await shown.see("Trigger a sample")
        assert "threads." in frame
        assert "page." not in frame.partition("threads.")[0]


@pytest.mark.slow
async def test_a_search_without_a_hit_sends_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.press("t", *"nosuchthing")
        await shown.see("nothing matches")
        await shown.press("enter")
        await shown.press("escape")
        await shown.miss("Trigger a sample")
        assert shown.engine.triggered == []


async def test_a_refusal_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.say_no = True
        await shown.press("t", "enter")
        await shown.see("✗ the run is still starting", "→ try again")


@pytest.mark.slow
async def test_without_a_run_the_command_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.die()
        await shown.see("the run's process died")
        await shown.press("t")
        await shown.see("no run is there to receive it", "→ hookscope trigger EVENT --to URL")
        await shown.press("e")
        await shown.see("no run is there to send it", "hookscope replay 1 --edit --to URL")


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_list_looks_as_it_should(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as shown:
        await shown.see("waiting for the first")
        await shown.press("t", *"reply")
        await shown.see("Trigger a sample", f"of {len(all_samples())}")
        await shown.matches("trigger")


@pytest.mark.slow
async def test_the_values_of_a_sample_are_filled_in(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.type("t", *"feed.comment_photo", "f2")
        await shown.see("value.message", "value.verb", "enter send")
        shown.type("ctrl+u", *"instagram", "enter")
        await shown.until(lambda: len(shown.engine.triggered) == 1)
        assert json.loads(shown.engine.triggered[0])["object"] == "instagram"


@pytest.mark.parametrize(
    ("columns", "name"), [(80, "value.metadata.phone_number_id"), (60, "…etadata.phone_number_id")]
)
async def test_a_value_is_named_by_the_end_of_its_path(tmp_path: Path, columns: int, name: str) -> None:
    async with stage(tmp_path) as shown:
        shown.type("t", *"whatsapp image", "f2")
        await shown.see("phone_number_id")
        await shown.pilot.resize_terminal(columns, 24)
        await shown.see(name)
