import json

import pytest

from hookscope.meta import wire
from hookscope.meta.identity import identify


def feed(time: int = 1449135003, message: str = "hi", entry_id: str = "123") -> bytes:
    value = {"item": "comment", "verb": "add", "message": message, "created_time": 1449135000}
    return wire.encode(
        {"object": "page", "entry": [{"id": entry_id, "time": time, "changes": [{"field": "feed", "value": value}]}]}
    )


def message(time: int, timestamp: int, mid: str = "m1") -> bytes:
    event = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": timestamp, "message": {"mid": mid}}
    return wire.encode({"object": "page", "entry": [{"id": "2", "time": time, "messaging": [event]}]})


def test_a_redelivery_at_another_time_is_the_same() -> None:
    assert identify(feed(1449135003)) == identify(feed(1449135999)) is not None
    assert identify(message(1, 10)) == identify(message(2, 20)) is not None


def test_another_event_is_another_one() -> None:
    assert identify(feed(message="hi")) != identify(feed(message="ho"))
    assert identify(message(1, 10, "m1")) != identify(message(1, 10, "m2"))


def test_a_time_within_the_value_counts() -> None:
    early, late = feed(), feed().replace(b"1449135000", b"1449135001")
    assert identify(early) != identify(late)


def test_blanks_after_colons_do_not_matter_for_the_time() -> None:
    spaced = [json.dumps(json.loads(feed(time))).encode() for time in (1, 2)]
    assert identify(spaced[0]) == identify(spaced[1])


@pytest.mark.parametrize(
    "body",
    [
        feed(entry_id="0"),
        b'{"object":"user","entry":[{"id":"1","time":1,"changed_fields":["photos"]}]}',
        b'{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"parking"}]}]}',
        b"",
        b"not json",
    ],
)
def test_what_says_too_little_has_no_identity(body: bytes) -> None:
    assert identify(body) is None
