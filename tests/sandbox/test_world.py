"""The rules: who gets an event, and who is cut off."""

from datetime import UTC, datetime, timedelta

import pytest

from hookscope.sandbox.world import World, new_world
from hookscope.secret_sources import Secret

_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    world = new_world()
    _subscribe(world)
    return world


def _subscribe(world: World, topic: str = "page", *fields: str) -> None:
    world.subscribe(
        world.app.id,
        topic,
        callback_url="https://x.example/hook",
        verify_token=Secret("t"),
        fields=fields or ("feed", "messages"),
        version="v25.0",
    )


def test_an_id_and_a_secret_look_like_metas() -> None:
    world = new_world()

    assert world.app.id.isdecimal()
    assert len(world.app.id) in (15, 16)
    assert len(world.app.secret.reveal()) == 32
    assert world.app.secret.reveal() not in repr(world.app)
    assert new_world().app.id != world.app.id
    assert new_world("42").app.id == "42"


def test_a_field_that_is_on_at_both_levels_is_admitted(world: World) -> None:
    assert world.admitted(world.app.id, "page") == ("feed", "messages")


def test_a_field_that_the_page_did_not_install_is_withheld(world: World) -> None:
    world.install(world.page.id, world.app.id, ["feed"])

    assert world.admitted(world.app.id, "page") == ("feed",)
    assert "the Page has not installed" in (world.withholds(world.app.id, "page", "messages") or "")
    assert world.admitted(world.app.id, "page", ignore=["page"]) == ("feed", "messages")


def test_a_field_that_the_app_did_not_subscribe_is_withheld(world: World) -> None:
    assert "has no field leadgen" in (world.withholds(world.app.id, "page", "leadgen") or "")


def test_an_app_without_subscription_gets_nothing(world: World) -> None:
    assert "no subscription to user" in (world.withholds(world.app.id, "user", "feed") or "")


def test_an_app_that_is_not_live_gets_nothing(world: World) -> None:
    world.set_live(world.app.id, live=False)

    assert world.admitted(world.app.id, "page") == ()
    assert "development mode" in (world.withholds(world.app.id, "page", "feed") or "")


def test_an_inactive_subscription_gets_nothing(world: World) -> None:
    world.subscribe(
        world.app.id,
        "page",
        callback_url="https://x.example/hook",
        verify_token=Secret("t"),
        fields=(),
        version="v25.0",
        active=False,
    )

    assert world.admitted(world.app.id, "page") == ()
    assert "is inactive" in (world.withholds(world.app.id, "page", "feed") or "")


def test_other_objects_need_no_page() -> None:
    world = new_world()
    world.uninstall(world.page.id, world.app.id)
    _subscribe(world, "user", "photos")

    assert world.admitted(world.app.id, "user") == ("photos",)


def test_every_change_is_told(world: World) -> None:
    told: list[tuple[str, str]] = []
    watcher = told.append

    def watch(app_id: str, topic: str) -> None:
        watcher((app_id, topic))

    world.watch(watch)
    _subscribe(world, "user", "photos")
    world.unsubscribe(world.app.id, "user", ["photos"])
    world.unsubscribe(world.app.id, "user")
    world.set_live(world.app.id, live=False)
    world.unwatch(watch)
    world.unsubscribe(world.app.id)

    assert [topic for _, topic in told] == ["user", "user", "user", "page"]


def _fail(world: World, minutes: float, *fields: str, accepted: bool = False, topic: str = "page") -> None:
    world.note_outcome(
        world.app.id,
        topic,
        fields or ("messages",),
        accepted=accepted,
        now=_NOW + timedelta(minutes=minutes),
        disable_after=_HOUR,
    )


def test_a_quarter_of_an_hour_of_failures_is_alerted_once(world: World) -> None:
    for minutes in (0, 14, 16, 20):
        _fail(world, minutes)

    ((at, text),) = world.alerts
    assert at == _NOW + timedelta(minutes=16)
    assert text == "https://x.example/hook has not been accepting updates for at least 16 minutes"


def test_an_hour_of_failing_messages_unsubscribes_the_app(world: World) -> None:
    _fail(world, 0)
    _fail(world, 59)
    assert [found.active for found in world.subscriptions(world.app.id)] == [True]

    _fail(world, 60)

    assert [found.active for found in world.subscriptions(world.app.id)] == [False]
    assert world.page.installed == {}
    assert world.alerts[-1][1].startswith("Webhooks Disabled")


def test_a_success_in_between_begins_the_hour_anew(world: World) -> None:
    _fail(world, 0)
    _fail(world, 59, accepted=True)
    _fail(world, 60)
    _fail(world, 119)

    assert [found.active for found in world.subscriptions(world.app.id)] == [True]


def test_failing_feed_events_never_unsubscribe_the_app(world: World) -> None:
    _fail(world, 0, "feed")
    _fail(world, 600, "feed")

    assert [found.active for found in world.subscriptions(world.app.id)] == [True]


def test_whatsapp_is_not_of_the_messaging_family() -> None:
    world = new_world()
    _subscribe(world, "whatsapp_business_account", "messages")
    _fail(world, 0, topic="whatsapp_business_account")
    _fail(world, 600, topic="whatsapp_business_account")

    assert [found.active for found in world.subscriptions(world.app.id)] == [True]


def test_the_outcome_of_a_delivery_to_a_removed_subscription_is_nobodys(world: World) -> None:
    world.unsubscribe(world.app.id)

    _fail(world, 0)

    assert world.alerts == []
