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
        ("kind:stray", "kind:stray", ()),
        ("o", "o", ("object:", "or")),
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


@pytest.mark.parametrize("key", ["kind:", "object:", "field:", "sig:", "status:", "is:", "app:", "since:"])
def test_every_completed_value_is_one_that_the_language_has(key: str) -> None:
    options = complete(key).options
    assert options
    for option in options:
        parse(option)
