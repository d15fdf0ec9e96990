import pytest

from hookscope.meta.subscription import Subscription


def test_a_row_of_the_edge_is_read() -> None:
    user = Subscription.from_json(
        {
            "object": "user",
            "callback_url": "https://x/webhooks",
            "active": True,
            "fields": [{"name": "photos", "version": "v2.10"}, {"name": "feed"}],
        }
    )
    assert user == Subscription(
        object="user", callback_url="https://x/webhooks", fields=("photos", "feed"), active=True
    )


def test_fields_may_come_as_plain_names() -> None:
    page = Subscription.from_json({"object": "page", "callback_url": "https://y", "active": False, "fields": ["feed"]})
    assert (page.fields, page.active) == (("feed",), False)
    assert not Subscription.from_json({"object": "page", "active": "false"}).active
    assert Subscription.from_json({"object": "page", "active": "true"}).active


@pytest.mark.parametrize("row", [None, [], {}, 1, {"fields": []}])
def test_another_shape_is_an_error(row: object) -> None:
    with pytest.raises(ValueError, match="subscription"):
        Subscription.from_json(row)


def test_a_field_without_a_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="without a name"):
        Subscription.from_json({"object": "page", "fields": [{"version": "v1"}]})
