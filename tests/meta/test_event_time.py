from datetime import UTC, datetime

import pytest

from hookscope.meta import wire
from hookscope.meta.event_time import own_time, read_time
from hookscope.meta.notification import parse

WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        1700000000,
        "1700000000",
        1700000000000,
        "1700000000000",
        1.7e9,
        "2023-11-14T22:13:20+0000",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20",
    ],
)
def test_every_form_of_a_time_is_read(value: object) -> None:
    assert read_time(value) == WHEN


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -5, "", "yesterday", "T", "9" * 30, "²", 1e300, float("inf"), "0001-01-01T00:00:00+14:00", [1], {}],
)
def test_a_value_that_is_not_a_time_is_none(value: object) -> None:
    assert read_time(value) is None


@pytest.mark.parametrize("key", ["timestamp", "created_time", "time"])
def test_an_event_may_date_itself_under_any_of_the_keys(key: str) -> None:
    assert own_time({key: "1700000000"}) == WHEN


@pytest.mark.parametrize(
    ("topic", "entry"),
    [
        ("page", {"changes": [{"field": "leadgen", "value": {"leadgen_id": "1", "created_time": 1700000000}}]}),
        ("page", {"changes": [{"field": "feed", "value": {"item": "like", "created_time": 1700000000}}]}),
        ("page", {"messaging": [{"sender": {"id": "1"}, "timestamp": 1700000000000, "read": {}}]}),
        ("page", {"standby": [{"sender": {"id": "1"}, "timestamp": 1700000000000, "read": {}}]}),
        (
            "whatsapp_business_account",
            {"changes": [{"field": "account_settings_update", "value": {"timestamp": "1700000000", "type": "x"}}]},
        ),
        (
            "application",
            {"changes": [{"field": "plugin_comment", "value": {"created_time": "2023-11-14T22:13:20+0000"}}]},
        ),
    ],
)
def test_without_a_time_of_the_entry_the_event_has_its_own(topic: str, entry: dict[str, object]) -> None:
    (event,) = parse(wire.encode({"object": topic, "entry": [{"id": "1", **entry}]})).events
    assert event.time == WHEN


def test_the_time_of_the_entry_goes_before() -> None:
    entry = {"id": "1", "time": 1700000000, "changes": [{"field": "feed", "value": {"created_time": 1600000000}}]}
    (event,) = parse(wire.encode({"object": "page", "entry": [entry]})).events
    assert event.time == WHEN
