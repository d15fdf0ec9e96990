"""What the screen says of the chain from Meta to the application, and of the application's answers."""

from pathlib import Path

from hookscope.model.record import Reply
from hookscope.model.run_events import SubscriptionSeen, TargetSeen
from tests.support.captures import make_capture
from tests.tui.stage import stage

TARGET = "http://localhost:3000/hook"


async def test_the_answer_of_the_app_shows_beside_ours_as_soon_as_it_is_there(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40), targets=(TARGET,)) as shown:
        [capture] = await shown.engine.receive(make_capture(reply=Reply(status=200, elapsed_ms=0.6)))
        assert "✓ your app 200" not in await shown.see("✓ answered 200 in 0.6 ms")
        await shown.engine.deliver(capture.id, status=500, elapsed_ms=3044.0)
        await shown.see("✓ answered 200 in 0.6 ms   ✗ your app 500 in 3044 ms")
        await shown.press("7")
        assert "✗ your app 500" not in await shown.see("forward → http://localhost:3000/hook  ✗ 500  3044 ms")


async def test_the_connection_panel_says_how_long_the_app_took(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40), targets=(TARGET,)) as shown:
        [capture] = await shown.engine.receive(make_capture())
        await shown.engine.deliver(capture.id, status=200, elapsed_ms=12_345.0)
        await shown.see("✓200")
        await shown.press("i")
        await shown.see("your app     200 in 12 s", "received       1 notification, 1 request in all")


async def test_the_number_that_waits_for_a_slow_app_is_shown_until_it_has_caught_up(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=(TARGET,)) as shown:
        shown.engine.say(TargetSeen(target=TARGET, up=True))
        [capture] = await shown.engine.receive(make_capture())
        await shown.engine.deliver(capture.id, status=200, elapsed_ms=12_345.0)
        shown.engine.say(TargetSeen(target=TARGET, up=True, waiting=7))
        await shown.see("✓ app 7 wait")
        await shown.press("i")
        await shown.see("your app     200 in 12 s, 7 waiting")
        await shown.press("escape")
        shown.engine.say(TargetSeen(target=TARGET, up=True))
        await shown.miss("7 wait")


async def test_a_run_that_nothing_can_reach_is_not_called_ready(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        assert "✓ receiver     http" not in await shown.see("Ready, waiting for the first notification", "callback URL")
        shown.engine.say(SubscriptionSeen(object="page", ours=False, detail="it points to https://other.example.com"))
        told = await shown.see("Notifications cannot arrive", "✗ registered   page: it points to https://other")
        assert "Ready" not in told
