import pytest

from hookscope.samples import catalog
from hookscope.samples.fuzzy import fuzzy_search, rank


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("wa img", "whatsapp_business_account.messages.image"),
        ("wa image", "whatsapp_business_account.messages.image"),
        ("whatsapp text", "whatsapp_business_account.messages.text"),
        ("feed comment", "page.feed.comment"),
        ("page.feed.comment_photo", "page.feed.comment_photo"),
        ("leadgen", "page.leadgen"),
        ("ig cmt", "instagram.comments"),
        ("message", "page.messages.text"),
        ("page message", "page.messages.text"),
        ("lead", "page.leadgen"),
        ("text", "page.messages.text"),
    ],
)
def test_what_is_meant_comes_first(typed: str, name: str) -> None:
    best = catalog.fuzzy(typed)[0]
    assert best.name.startswith(name), [one.name for one in catalog.fuzzy(typed)[:5]]


def test_every_word_must_fit() -> None:
    assert rank(["img", "zebra"], "whatsapp image") == 0
    assert fuzzy_search("", ["b", "a"], lambda one: (one, "")) == ["b", "a"]
    assert catalog.fuzzy("nosuchthing") == []
    assert len(catalog.fuzzy("")) == len(catalog.all_samples())


def test_a_word_fits_better_the_more_of_it_is_there() -> None:
    texts = ["message image", "message imagination", "reimage", "i m a g e"]
    assert fuzzy_search("image", texts, lambda one: (one, "")) == ["message image", "reimage"]
