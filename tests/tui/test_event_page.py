"""The page that shows an event's values, name by name."""

import json

from hookscope.tui.render.pages.story import story
from tests.support.captures import make_capture


def test_values_stand_in_one_column_except_behind_a_very_long_name() -> None:
    long = "a_name_that_is_longer_than_any_column"
    metadata = {"display_phone_number": "15550001111", "phone_number_id": "8"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [{"id": "x"}], long: "y"}
    entry = {"id": "55", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    shown = ["".join(text for _, text in line.pieces) for line in story(make_capture(body))]
    column = shown.index("messaging_product              whatsapp")
    assert shown[column:] == [
        "messaging_product              whatsapp",
        "metadata.display_phone_number  15550001111",
        "metadata.phone_number_id       8",
        f"{long}  y",
        "messages.0.id                  x",
    ]
