"""Notifications byte for byte."""

from datetime import UTC, datetime

import pytest

from hookscope.meta import wire
from hookscope.meta.notification import EntryForm, parse
from hookscope.meta.notification_builder import Update, dashboard_test, notification

_AT = datetime.fromtimestamp(1508962606, UTC)
GOLDEN = (
    rb'{"object":"page","entry":[{"id":"0","time":1508962606,"changes":[{"field":"feed","value":{"item":"status",'
    rb'"verb":"add","message":"\u00e4\u00f6\u00e5 \ud83d\ude00 \u003C3 50\u0025 a\u0040b https:\/\/x.y"}}]}]}'
)
VALUE = {"item": "status", "verb": "add", "message": "äöå 😀 <3 50% a@b https://x.y"}


def _update(**changes: object) -> Update:
    fields: dict[str, object] = {"object": "page", "owner": "0", "field": "feed", "value": VALUE, **changes}
    return Update(**fields)  # type: ignore[arg-type]


def test_the_golden_body_is_made_byte_for_byte() -> None:
    assert wire.encode(notification([_update()], sent_at=_AT)) == GOLDEN
    assert len(GOLDEN) == 208


@pytest.mark.parametrize(
    ("update", "body"),
    [
        (
            _update(object="user", owner="1", field="likes", verb="add", value={"page": "99"}),
            b'{"object":"user","entry":[{"id":"1","uid":"1","time":1508962606,'
            b'"changes":[{"field":"likes","verb":"add","value":{"page":"99"}}]}]}',
        ),
        (
            _update(object="threads", owner="7", field="replies", value={"id": "1"}, envelope={"app_id": "5"}),
            b'{"app_id":"5","target_id":"7","time":1508962606,"values":{"field":"replies","value":{"id":"1"}}}',
        ),
        (
            _update(object="threads", owner="7", field="replies", value={"id": "1"}, envelope={"values": []}),
            b'{"values":[{"field":"replies","value":{"id":"1"}}],"target_id":"7","time":1508962606}',
        ),
        (
            _update(field="parking", value=None),
            b'{"object":"page","entry":[{"id":"0","time":1508962606,"changes":[{"field":"parking"}]}]}',
        ),
        (
            _update(field="messages", form=EntryForm.MESSAGING, value={"message": {"mid": "m"}}),
            b'{"object":"page","entry":[{"id":"0","time":1508962606000,"messaging":[{"message":{"mid":"m"}}]}]}',
        ),
        (
            _update(field="standby", form=EntryForm.STANDBY, value={"message": {"mid": "m"}}),
            b'{"object":"page","entry":[{"id":"0","time":1508962606000,"standby":[{"message":{"mid":"m"}}]}]}',
        ),
        (
            _update(field="calls", form=EntryForm.CALLS, value={"id": "c_1"}),
            b'{"object":"page","entry":[{"id":"0","time":1508962606,"calls":[{"id":"c_1"}]}]}',
        ),
        (
            _update(object="whatsapp_business_account", field="messages", value={}),
            b'{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"messages","value":{}}]}]}',
        ),
        (
            _update(object="whatsapp_business_account", field="history", value={}),
            b'{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"history","value":{}}]}]}',
        ),
        (
            _update(object="whatsapp_business_account", field="security", value={}),
            b'{"object":"whatsapp_business_account","entry":[{"id":"0","time":1508962606,'
            b'"changes":[{"field":"security","value":{}}]}]}',
        ),
    ],
)
def test_every_form_is_metas(update: Update, body: bytes) -> None:
    assert wire.encode(notification([update], sent_at=_AT)) == body


def test_without_values_only_the_names_are_told() -> None:
    body = wire.encode(
        notification([_update(object="user", owner="1", field="photos")], sent_at=_AT, include_values=False)
    )

    assert body == (b'{"object":"user","entry":[{"id":"1","uid":"1","time":1508962606,"changed_fields":["photos"]}]}')


def test_a_batch_has_an_entry_for_each_update() -> None:
    message = _update(field="messages", form=EntryForm.MESSAGING, value={"message": {"mid": "m"}})

    events = parse(wire.encode(notification([_update(), message, _update()], sent_at=_AT))).events

    assert [event.field for event in events] == ["feed", "messages", "feed"]
    assert {event.time for event in events} == {_AT}


@pytest.mark.parametrize(
    ("update", "body"),
    [
        (
            _update(owner="7", field="messages", form=EntryForm.MESSAGING, value={"message": {"mid": "m"}}),
            b'{"entry":[{"changes":[{"field":"messages","value":{"page_id":"7"}}],"id":"0","time":1508962606}],'
            b'"object":"page"}',
        ),
        (
            _update(object="user", owner="7", field="email", value="a"),
            b'{"entry":[{"changes":[{"field":"email","value":"a"}],"id":"0","uid":"0","time":1508962606}],'
            b'"object":"user"}',
        ),
    ],
)
def test_a_dashboard_test_has_the_id_0_and_the_changes_form(update: Update, body: bytes) -> None:
    assert wire.encode(dashboard_test(update, sent_at=_AT)) == body
    assert all(event.is_test for event in parse(body).events)
