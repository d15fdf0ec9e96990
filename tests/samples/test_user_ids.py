"""WhatsApp's business-scoped user ids, as Meta has sent them since April 2026, and the form of before.

Sources: WhatsApp "Business-scoped user IDs" (updated Mar 31, 2026, read 2026-11-29); david-lev/pywa#188, #220, #227.
"""

import json
from typing import Any

import pytest

from hookscope.errors import UsageError
from hookscope.meta.catalog import WHATSAPP
from hookscope.samples.catalog import all_samples, find
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.sample import Sample

_WHATSAPP = {sample.name.partition(".")[2]: sample for sample in all_samples() if sample.object == WHATSAPP}


def _value(name: str, **shape: Any) -> dict[str, Any]:
    value: dict[str, Any] = PayloadBuilder(1).payload(_WHATSAPP[name], Shape(**shape))["entry"][0]["changes"][0][
        "value"
    ]
    return value


@pytest.mark.parametrize("name", [name for name in _WHATSAPP if name.startswith("messages.")])
def test_every_message_and_status_tells_the_user_id(name: str) -> None:
    value = _value(name)
    kinds = [status["status"] for status in value.get("statuses", ())]
    for message in value.get("messages", ()):
        assert message["from_user_id"].startswith("US.")
        if message["type"] == "system":
            assert "contacts" not in value
            assert {"user_id", "previous_user_id"} <= set(message["system"])
        else:
            assert [contact["user_id"] for contact in value["contacts"]] == [message["from_user_id"]]
    if kinds and kinds != ["failed"]:
        (contact,), (status,) = value["contacts"], value["statuses"]
        assert contact["user_id"] == status.get("recipient_user_id", status.get("recipient_participant_user_id"))
        assert "profile" not in contact


def test_a_failed_status_tells_the_number_alone() -> None:
    value = _value("messages.status_failed")
    assert value["contacts"] == [{"wa_id": value["statuses"][0]["recipient_id"]}]
    assert "user_id" not in json.dumps(value)


@pytest.mark.parametrize("name", ["image", "video", "audio", "voice", "document", "sticker", "edit_image"])
def test_media_have_an_address(name: str) -> None:
    (message,) = _value(f"messages.{name}")["messages"]
    message = message.get("edit", {}).get("message", message)
    assert message[message["type"]]["url"].startswith("https://")


def test_a_sound_tells_whether_it_is_a_voice_message() -> None:
    assert [_value(f"messages.{name}")["messages"][0]["audio"]["voice"] for name in ("audio", "voice")] == [False, True]


def test_unsupported_features_are_named() -> None:
    assert _value("messages.unsupported")["messages"][0]["unsupported"] == {"type": "poll"}


def test_the_form_of_before_has_no_user_ids_and_no_contacts_of_statuses() -> None:
    for name in (name for name, sample in _WHATSAPP.items() if not sample.needs_user_ids):
        payload = PayloadBuilder(1).payload(_WHATSAPP[name], Shape(user_ids=False))
        assert "user_id" not in json.dumps(payload), name
        value = payload["entry"][0]["changes"][0]["value"]
        assert not ("statuses" in value and "contacts" in value), name


@pytest.mark.parametrize("name", [name for name, sample in _WHATSAPP.items() if sample.needs_user_ids])
def test_somebody_known_by_a_user_id_alone_has_no_form_of_before(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be sent without"):
        PayloadBuilder(1).payload(_WHATSAPP[name], Shape(user_ids=False))


@pytest.mark.parametrize(
    "name",
    [
        "messages.user_id",
        "messages.user_id_image",
        "messages.status_user_id",
        "calls.user_id",
        "user_preferences.user_id",
    ],
)
def test_a_hidden_number_is_nowhere(name: str) -> None:
    text = json.dumps(_value(name))
    assert "wa_id" not in text
    assert '"from":' not in text
    assert "recipient_id" not in text
    assert "US." in text


def test_a_sample_without_people_needs_no_user_ids() -> None:
    assert isinstance(sample := find("page.feed.comment"), Sample)
    assert not sample.needs_user_ids
