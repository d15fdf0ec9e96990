import pytest

from hookscope import settings
from hookscope.errors import UsageError
from hookscope.secret_sources import Secret
from hookscope.settings import Topic


def test_versions_of_the_graph_api_are_read() -> None:
    assert settings.check_graph_version("25.0") == settings.check_graph_version("v25") == "v25.0"
    with pytest.raises(UsageError):
        settings.check_graph_version("latest")


def test_fields_belong_to_their_objects() -> None:
    assert settings.topics((), ()) == (Topic(object="page"),)
    assert settings.topics((), ("feed, leadgen,feed",)) == (Topic(object="page", fields=("feed", "leadgen")),)
    assert settings.topics(("page", "user"), ("user:photos", "page:feed", "page:leadgen")) == (
        Topic(object="page", fields=("feed", "leadgen")),
        Topic(object="user", fields=("photos",)),
    )
    assert settings.topics(("page", "page"), ("page:feed",)) == (Topic(object="page", fields=("feed",)),)


@pytest.mark.parametrize(
    ("objects", "fields"), [(("page", "user"), ("feed",)), (("page",), ("user:photos",)), (("page",), (",",))]
)
def test_fields_without_an_object_are_refused(objects: tuple[str, ...], fields: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        settings.topics(objects, fields)


@pytest.mark.parametrize(("name", "meant"), [("pages", "page"), ("pagee", "page"), ("instagramm", "instagram")])
def test_an_object_that_is_nearly_a_known_one_is_refused_with_its_name(name: str, meant: str) -> None:
    with pytest.raises(UsageError) as raised:
        settings.topics((name,), ())
    assert raised.value.hint == f"did you mean {meant!r}?"


def test_an_object_that_meta_may_have_added_is_taken() -> None:
    assert settings.topics(("shop_floor",), ("x",)) == (Topic(object="shop_floor", fields=("x",)),)


def test_paths_and_tokens_cannot_be_guessed() -> None:
    assert settings.random_path() != settings.random_path()
    token = settings.random_verify_token()
    assert len(token) == 32
    assert token.isalnum()
    assert token.isascii()


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2hunter2"
    assert secret == Secret("hunter2hunter2") != Secret("other")
