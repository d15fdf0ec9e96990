import pytest

from hookscope import settings
from hookscope.errors import UsageError
from hookscope.secret_sources import Secret
from hookscope.settings import Topic


def test_versions_of_the_graph_api_are_read() -> None:
    assert settings.check_graph_version("25.0") == settings.check_graph_version("v25") == "v25.0"
    for unusable in ("latest", "v25.x", "25.", "v", "25.0.1"):
        with pytest.raises(UsageError):
            settings.check_graph_version(unusable)


@pytest.mark.parametrize("text", ["", "page", "-1", "1.0", "١٢٣"])
def test_an_app_id_is_a_number_in_ascii(text: str) -> None:
    with pytest.raises(UsageError, match="is not an app id"):
        settings.check_app_id(text)


def test_a_header_is_read_into_the_bytes_that_were_typed() -> None:
    assert settings.check_header(" X-Stage : dev : one ") == (b"X-Stage", b"dev : one")
    assert settings.check_header("X_Stage: ä\udcff") == (b"X_Stage", b"\xc3\xa4\xff")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization hidemehideme",
        ": hidemehideme",
        "X Y: hidemehideme",
        "X\r\nY: hidemehideme",
        "Ä: hidemehideme",
        *(f"X: hidemehideme{char}Y: z" for char in "\r\n\0"),
        *(f"{name}: hidemehideme" for name in ("Host", "content-length", "Transfer-Encoding", "Connection")),
    ],
)
def test_a_header_that_would_break_the_request_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.check_header(text)
    assert "hideme" not in f"{caught.value.message} {caught.value.hint}"


def test_fields_belong_to_their_objects() -> None:
    assert settings.topics((), ()) == (Topic(object="page"),)
    assert settings.topics((), ("feed, leadgen,feed",)) == (Topic(object="page", fields=("feed", "leadgen")),)
    assert settings.topics(("page", "user"), ("user:photos", "page:feed", "page:leadgen")) == (
        Topic(object="page", fields=("feed", "leadgen")),
        Topic(object="user", fields=("photos",)),
    )
    assert settings.topics(("page", "user"), ("page:feed,leadgen, user:photos,page:mention",)) == (
        Topic(object="page", fields=("feed", "leadgen", "mention")),
        Topic(object="user", fields=("photos",)),
    )
    assert settings.topics((), ("feed,page:leadgen",)) == (Topic(object="page", fields=("feed", "leadgen")),)
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
