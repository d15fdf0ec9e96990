import pytest

from hookscope.filter import parse
from hookscope.filter.completion import complete


@pytest.mark.parametrize(
    ("text", "extended", "options"),
    [
        ("ki", "kind:", ("kind:",)),
        ("si", "si", ("sig:", "since:")),
        ("not sig:in", "not sig:invalid ", ("sig:invalid",)),
        ("(object:wh", "(object:whatsapp_business_account ", ("object:whatsapp_business_account",)),
        ("kind:", "kind:", ("kind:handshake", "kind:notification", "kind:stray")),
        ("app:h", "app:held ", ("app:held",)),
        ("on:y", "on:yesterday ", ("on:yesterday",)),
        ("kind:stray", "kind:stray", ()),
        ("o", "o", ("object:", "on:", "or")),
        ('"sig:in', '"sig:in', ()),
        ("comment ", "comment ", ()),
        ("", "", ()),
    ],
)
def test_the_last_word_is_completed(text: str, extended: str, options: tuple[str, ...]) -> None:
    found = complete(text)
    assert (found.extended(text), found.options) == (extended, options)


def test_fields_are_those_of_the_objects_of_the_run() -> None:
    assert complete("field:comm", ["instagram"]).options == ("field:comment_poll_response", "field:comments")
    assert complete("field:leadgen_u").options == ("field:leadgen_update",)


def test_values_that_were_seen_are_offered_in_their_order() -> None:
    seen = {"from": ("777", "Ann", "abc", "77")}
    assert complete("FROM:", seen=seen).options == ("FROM:777", "FROM:Ann", "FROM:abc", "FROM:77")
    assert complete("not from:A", seen=seen).options == ("from:Ann", "from:abc")
    assert complete("from:77", seen=seen).options == ("from:777",)


def test_fields_that_were_seen_come_before_all_others() -> None:
    options = complete("field:fe", ["page"], {"field": ("messages", "feed")}).options
    assert options == ("field:feed", "field:feature_access_list")


@pytest.mark.parametrize("key", ["kind:", "object:", "field:", "sig:", "status:", "is:", "app:", "on:", "since:"])
def test_every_completed_value_is_one_that_the_language_has(key: str) -> None:
    options = complete(key).options
    assert options
    for option in options:
        parse(option)
