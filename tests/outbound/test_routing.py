import pytest

from hookscope.outbound.routing import Routing, default_target
from hookscope.settings import Route
from tests.support.captures import feed_body, make_capture

ROUTES = (
    Route(target="http://a/", filter="special"),
    Route(target="http://b/"),
    Route(target="http://a/", filter="field:feed or special"),
    Route(target="http://c/", filter="field:messages"),
)


@pytest.mark.parametrize(
    ("routes", "targets"),
    [
        (ROUTES, ["http://a/", "http://b/"]),
        (ROUTES[1:], ["http://b/", "http://a/"]),
        (ROUTES[3:], []),
        ((), []),
    ],
)
def test_each_application_is_named_once_in_the_order_of_the_routes(
    routes: tuple[Route, ...], targets: list[str]
) -> None:
    assert Routing(routes).targets(make_capture(feed_body("special"))) == targets


@pytest.mark.parametrize(
    ("routes", "sent_to", "target"),
    [
        (ROUTES, "http://c/", "http://c/"),
        (ROUTES, "http://elsewhere/", "http://a/"),
        (ROUTES[1:], None, "http://b/"),
        (ROUTES[3:] + ROUTES[:1], None, "http://a/"),
        (ROUTES[3:], None, "http://c/"),
        ((), None, "http://a/"),
    ],
)
def test_a_replay_goes_to_its_earlier_target_or_the_first_matching_one(
    routes: tuple[Route, ...], sent_to: str | None, target: str
) -> None:
    targets = tuple(dict.fromkeys(route.target for route in routes)) or ("http://a/", "http://b/")
    assert default_target(make_capture(feed_body("special")), routes, targets, sent_to) == target
