import pytest

from hookscope.meta import wire
from hookscope.views.value_form import filled, form_fields
from tests.support.captures import feed_body


def test_every_value_is_a_field_named_as_a_command_sets_it() -> None:
    fields = {field.label: field for field in form_fields(wire.decode(feed_body("hi")))}
    assert fields["object"].text == "page"
    assert fields["value.message"].text == "hi"
    assert not fields["value.created_time"].is_text


def test_changed_values_are_set_and_the_others_stay() -> None:
    payload = wire.decode(feed_body("hi"))
    fields = form_fields(payload)
    paths = {field.label: field.path for field in fields}
    typed = {paths["value.message"]: "42", paths["value.created_time"]: "7", paths["field"]: "feed"}
    change = filled(payload, fields, typed)["entry"][0]["changes"][0]
    assert (change["field"], change["value"]["message"], change["value"]["created_time"]) == ("feed", "42", 7)
    assert payload == wire.decode(feed_body("hi"))
    with pytest.raises(ValueError, match=r"value.created_time is a number, true, false, or null"):
        filled(payload, fields, {paths["value.created_time"]: "soon"})
