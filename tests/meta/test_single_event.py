import pytest

from hookscope.meta import notification, wire
from hookscope.meta.single_event import single_event
from tests.support.captures import batch_body, feed_body


def page_batch() -> bytes:
    entries = [
        {
            "id": "1",
            "time": 1449135003,
            "changes": [
                {"field": "feed", "value": {"item": "like", "verb": "add"}},
                {"field": "ratings", "value": {"item": "rating"}},
            ],
        },
        {"id": "2", "time": 1449135004000, "messaging": [{"sender": {"id": "9"}, "message": {"mid": "m_1"}}] * 2},
        {"id": "3", "uid": "3", "time": 5, "changed_fields": ["name", "photos"]},
        {
            "id": "1",
            "time": 1449135003,
            "calls": [{"id": "c_1", "event": "connect"}, {"id": "c_1", "event": "terminate"}],
        },
        {
            "sender": {"id": "9"},
            "recipient": {"id": "1"},
            "timestamp": 5,
            "call_permission_reply": {"response": "reject"},
        },
        {"id": "4", "field": "comments", "value": {"text": "unwrapped"}},
    ]
    return wire.encode({"object": "page", "entry": entries})


THREADS = wire.encode(
    {
        "app_id": "1",
        "target_id": "2",
        "time": 1449135003,
        "values": [{"field": "replies", "value": {"id": str(n)}} for n in range(2)],
    }
)


@pytest.mark.parametrize("body", [page_batch(), batch_body("one", "two", "three"), THREADS])
def test_each_event_alone_reads_as_it_did_among_the_others(body: bytes) -> None:
    together = notification.parse(body).events
    assert len(together) > 1
    for position, event in enumerate(together, 1):
        assert notification.parse(single_event(body, position)).events == (event,)


def test_a_body_with_one_event_stays_byte_for_byte() -> None:
    body = feed_body().replace(b'{"object"', b'{ "object"')
    assert single_event(body, 1) is body


@pytest.mark.parametrize("position", [0, 4, -1])
def test_there_is_no_other_event(position: int) -> None:
    with pytest.raises(LookupError, match="the body holds 3"):
        single_event(batch_body("one", "two", "three"), position)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"object": "page"}', b'{"entry": [3]}'])
def test_what_is_no_notification_has_no_event(body: bytes) -> None:
    with pytest.raises((LookupError, ValueError)):
        single_event(body, 1)
