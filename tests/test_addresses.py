from collections.abc import Callable

import pytest

from hookscope import settings, urls
from hookscope.errors import UsageError


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("3000", "http://localhost:3000/"),
        ("3000/hook", "http://localhost:3000/hook"),
        (":3000/hook", "http://localhost:3000/hook"),
        ("localhost:3000/hook", "http://localhost:3000/hook"),
        ("http://localhost:3000", "http://localhost:3000/"),
        ("https://staging.example/a?b=c", "https://staging.example/a?b=c"),
        ("127.0.0.1:80", "http://127.0.0.1:80/"),
        ("[::1]:3000/x", "http://[::1]:3000/x"),
        ("app.test/x#frag", "http://app.test/x"),
        ("3000/ä/日?q=ü%20", "http://localhost:3000/%C3%A4/%E6%97%A5?q=%C3%BC%20"),
    ],
)
def test_addresses_of_applications_may_be_short(given: str, wanted: str) -> None:
    assert urls.check_target(given) == wanted


@pytest.mark.parametrize(
    "given",
    ["", "http://", "ftp://x/", "localhost:99999", "localhost:abc", "http://a b/", "x\x1b", "a..b", f"{'a' * 64}.test"],
)
def test_an_invalid_target_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        urls.check_target(given)


@pytest.mark.parametrize("name", ["access_token", "Appsecret_Proof"])
def test_an_address_that_is_kept_must_not_hold_a_token(name: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        urls.check_target(f"3000/hook?a=b&{name}=hidemehideme")
    assert "hideme" not in f"{caught.value.message} {caught.value.hint}"


WITH_LOGIN = [
    "https://anna:hidemehideme@hooks.example.com",
    "https://anna:hidemehideme/x@hooks.example.com",
    "https://anna:x?hidemehideme@hooks.example.com",
    "http://anna:hidemehideme@hooks.example.com",
    "http://anna:hidemehideme#@hooks.example.com/",
    "anna:hidemehideme@hooks.example.com:443",
    "anna:hidemehideme/x@hooks.example.com",
]


@pytest.mark.parametrize("given", WITH_LOGIN)
@pytest.mark.parametrize(
    "check",
    [urls.check_target, urls.check_public_url, urls.check_graph_url, urls.check_endpoint_url, settings.check_route],
)
def test_an_address_that_is_kept_must_not_hold_a_login_nor_does_the_error(
    check: Callable[[str], object], given: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check(given)
    assert "hideme" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (urls.check_target, "http://a b/?access_token=hidemehideme"),
        (urls.check_endpoint_url, "http://hooks.example.com/?key=hidemehideme"),
        (urls.check_public_url, "https://hooks.example.com/?key=hidemehideme"),
        (urls.check_graph_url, "https://graph.example/?access_token=hidemehideme"),
        (urls.check_callback_url, "http://anna:hidemehideme@hooks.example.com/"),
        (settings.check_route, "=>http://anna:hidemehideme@localhost:3000/"),
    ],
)
def test_an_address_that_is_refused_is_shown_without_what_it_may_hide(
    check: Callable[[str], object], given: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check(given)
    assert "hideme" not in f"{caught.value.message} {caught.value.hint}"


def test_a_path_may_have_an_at_sign() -> None:
    assert urls.check_target("3000/@anna/hook") == "http://localhost:3000/@anna/hook"
    assert urls.check_public_url("https://hooks.example.com/@anna") == "https://hooks.example.com/@anna"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://hooks.example.com/", "https://hooks.example.com"),
        ("hooks.example.com", "https://hooks.example.com"),
        ("https://hooks.example.com/base", "https://hooks.example.com/base"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_a_public_url_is_https_or_loopback(given: str, wanted: str) -> None:
    assert urls.check_public_url(given) == wanted


@pytest.mark.parametrize(
    "given",
    [
        "http://hooks.example.com",
        "https://",
        "ftp://x",
        "https://x?y=1",
        "https://x#y",
        "https://x:99999",
        "http://127.0.0.1.example",
    ],
)
def test_another_public_url_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        urls.check_public_url(given)


@pytest.mark.parametrize(
    "given",
    [
        *("http://graph.example", "graph.facebook.com", "https://", "", "https://x:y"),
        *("ftp://127.0.0.1", "https://x/?y=1", "https://x/#y"),
    ],
)
def test_the_graph_url_must_keep_the_secret(given: str) -> None:
    with pytest.raises(UsageError):
        urls.check_graph_url(given)


@pytest.mark.parametrize("given", ["https://graph.facebook.com", "http://127.0.0.1:1"])
def test_a_graph_url_is_https_or_loopback(given: str) -> None:
    assert urls.check_graph_url(given) == urls.check_graph_url(f"{given}/") == given


@pytest.mark.parametrize("given", ["https://hooks.example.com/x", "http://localhost:3000/x", "https://127.0.0.1/"])
def test_an_endpoint_is_https_or_loopback(given: str) -> None:
    assert urls.check_endpoint_url(given) == given
    with pytest.raises(UsageError, match="is not https"):
        urls.check_endpoint_url("http://hooks.example.com/x")


def test_a_path_begins_with_a_slash() -> None:
    assert urls.check_path("hook") == urls.check_path("/hook") == "/hook"
    for bad in ("/a b", "/a?b", "/ä", "/a\x1b", "/a/../b", "."):
        with pytest.raises(UsageError):
            urls.check_path(bad)


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, wanted: bool) -> None:
    assert urls.is_loopback(host) is wanted


@pytest.mark.parametrize(
    ("netloc", "wanted"),
    [
        ("localhost:3000", b"localhost:3000"),
        ("anna:hideme@[::1]:443", b"[::1]:443"),
        ("bücher.example", b"xn--bcher-kva.example"),
        ("пример.рф", b"xn--e1afmkfd.xn--p1ai"),
        ("пример.рф:8443", b"xn--e1afmkfd.xn--p1ai:8443"),
    ],
)
def test_a_host_is_named_as_http_names_it(netloc: str, wanted: bytes) -> None:
    assert urls.authority(netloc) == wanted
