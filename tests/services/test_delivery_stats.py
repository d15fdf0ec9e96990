from hookscope.model.record import Cause, Delivery
from hookscope.services.delivery_stats import DeliveryStats
from tests.support.captures import WHEN


def delivery(status: int | None, elapsed_ms: float = 1.0, error: str | None = None, capture_id: int = 12) -> Delivery:
    return Delivery(
        capture_id=capture_id,
        cause=Cause.REPLAY,
        target="http://x/",
        sent_at=WHEN,
        status=status,
        elapsed_ms=elapsed_ms,
        error=error,
    )


def test_nothing_sent() -> None:
    stats = DeliveryStats()
    assert stats.describe_failures() is None
    assert stats.line() == "sent 0 · 2xx 0 · 4xx 0 · 5xx 0 · unanswered 0"
    assert stats.to_json()["p99_ms"] is None


def test_every_kind_of_answer_is_counted() -> None:
    stats = DeliveryStats()
    for status in (200, 204, 302, 404, 500, 503, None):
        stats.add(delivery(status, error=None if status else "connection refused"))
    value = stats.to_json()
    assert (value["sent"], value["2xx"], value["3xx"], value["4xx"], value["5xx"]) == (7, 2, 1, 1, 2)
    assert (value["unanswered"], value["dropped"]) == (1, 0)
    assert stats.failed == 5
    assert stats.describe_failures() == "5 of 7 failed; the first, #12: HTTP 302"
    assert stats.line().startswith("sent 7 · 2xx 2 · 3xx 1 · 4xx 1 · 5xx 2 · unanswered 1 · p50 ")


def test_an_error_says_more_than_a_status() -> None:
    stats = DeliveryStats()
    stats.add(delivery(None, error="connection refused", capture_id=7))
    assert stats.describe_failures() == "1 of 1 failed; the first, #7: connection refused"


def test_a_status_that_the_error_begins_with_is_not_repeated() -> None:
    stats = DeliveryStats()
    stats.add(delivery(401, error="HTTP 401: refused", capture_id=7))
    assert stats.describe_failures() == "1 of 1 failed; the first, #7: HTTP 401: refused"


def test_a_request_without_a_capture_has_no_id() -> None:
    stats = DeliveryStats()
    stats.add(delivery(None, error="connection refused", capture_id=0))
    assert stats.describe_failures() == "1 of 1 failed; the first: connection refused"


def test_percentiles_are_of_the_answers() -> None:
    stats = DeliveryStats()
    for elapsed in range(100, 0, -1):
        stats.add(delivery(200, float(elapsed)))
    stats.add(delivery(None, 20_000.0))
    assert (stats.percentile(50), stats.percentile(99), stats.percentile(100)) == (50.0, 99.0, 100.0)
