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
    tally = DeliveryStats()
    assert tally.describe_failures() is None
    assert tally.line() == "sent 0 · 2xx 0 · 4xx 0 · 5xx 0 · unanswered 0"
    assert tally.to_json()["p99_ms"] is None


def test_every_kind_of_answer_is_counted() -> None:
    tally = DeliveryStats()
    for status in (200, 204, 302, 404, 500, 503, None):
        tally.add(delivery(status, error=None if status else "connection refused"))
    value = tally.to_json()
    assert (value["sent"], value["2xx"], value["3xx"], value["4xx"], value["5xx"]) == (7, 2, 1, 1, 2)
    assert (value["unanswered"], value["dropped"]) == (1, 0)
    assert tally.failed == 5
    assert tally.describe_failures() == "5 of 7 failed; the first, #12: HTTP 302"
    assert tally.line().startswith("sent 7 · 2xx 2 · 3xx 1 · 4xx 1 · 5xx 2 · unanswered 1 · p50 ")


def test_an_error_says_more_than_a_status() -> None:
    tally = DeliveryStats()
    tally.add(delivery(None, error="connection refused", capture_id=7))
    assert tally.describe_failures() == "1 of 1 failed; the first, #7: connection refused"


def test_a_status_that_the_error_begins_with_is_not_repeated() -> None:
    tally = DeliveryStats()
    tally.add(delivery(401, error="HTTP 401: refused", capture_id=7))
    assert tally.describe_failures() == "1 of 1 failed; the first, #7: HTTP 401: refused"


def test_a_request_without_a_capture_has_no_id() -> None:
    tally = DeliveryStats()
    tally.add(delivery(None, error="connection refused", capture_id=0))
    assert tally.describe_failures() == "1 of 1 failed; the first: connection refused"


def test_percentiles_are_of_the_answers() -> None:
    tally = DeliveryStats()
    for elapsed in range(100, 0, -1):
        tally.add(delivery(200, float(elapsed)))
    tally.add(delivery(None, 20_000.0))
    assert (tally.percentile(50), tally.percentile(99), tally.percentile(100)) == (50.0, 99.0, 100.0)
