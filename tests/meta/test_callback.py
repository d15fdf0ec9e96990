"""The equivalence of two callback URLs."""

import pytest

from hookscope.meta.subscription import same_callback


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://x.example/a", "https://x.example/a"),
        ("https://X.Example/a", "https://x.example/a"),
        ("HTTPS://x.example:443/a", "https://x.example/a"),
        ("http://x.example:80", "http://x.example/"),
        ("https://x.example?a=1", "https://x.example/?a=1"),
        ("", ""),
        ("http://[broken", "http://[broken"),
    ],
)
def test_spellings_of_one_place(left: str, right: str) -> None:
    assert same_callback(left, right)
    assert same_callback(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://x.example/a", "http://x.example/a"),
        ("https://x.example/a", "https://x.example/A"),
        ("https://x.example/a", "https://x.example/a/"),
        ("https://x.example/a", "https://y.example/a"),
        ("https://x.example/a", "https://x.example:8443/a"),
        ("https://x.example/a", "https://x.example/a?b"),
        ("https://x.example/a", "https://u@x.example/a"),
        ("https://x.example/", ""),
        ("http://[broken", "https://x.example/"),
        ("http://x.example:99999/", "http://x.example:88888/"),
    ],
)
def test_two_places(left: str, right: str) -> None:
    assert not same_callback(left, right)
