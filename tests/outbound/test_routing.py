import pytest

from hookscope.outbound.routing import Routing
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
