import pytest

from hookscope.meta.subscription import Subscription, read_subscriptions


def test_the_edges_answer_is_read() -> None:
    answer = {
        "data": [
            {
                "object": "user",
                "callback_url": "https://x/webhooks",
                "active": True,
                "fields": [{"name": "photos", "version": "v2.10"}, {"name": "feed"}],
            },
            {"object": "page", "callback_url": "https://y", "active": False, "fields": ["feed", "feed"]},
        ]
    }
    user, page = read_subscriptions(answer)
    assert user == Subscription(
        object="user", callback_url="https://x/webhooks", fields=("photos", "feed"), active=True
    )
    assert (page.fields, page.active) == (("feed",), False)


def test_an_app_without_subscriptions_has_none() -> None:
    assert read_subscriptions({"data": []}) == ()


@pytest.mark.parametrize("answer", [None, [], {}, {"data": 1}, {"data": [1]}, {"data": [{"fields": []}]}])
def test_another_shape_is_an_error(answer: object) -> None:
    with pytest.raises(ValueError, match="subscription"):
        read_subscriptions(answer)


def test_a_field_without_a_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="without a name"):
        read_subscriptions({"data": [{"object": "page", "fields": [{"version": "v1"}]}]})
