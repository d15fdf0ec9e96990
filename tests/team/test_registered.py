"""What a relay leaves for the next one."""

from datetime import UTC, datetime

import pytest

from hookscope import __version__
from hookscope.team.log import LogRefusedError
from hookscope.team.registration_record import RegistrationRecord

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_it_comes_back_as_it_was_left() -> None:
    first = RegistrationRecord().registering("https://a/meta", {"page": ("feed",)}, holder="a", since=AT)
    second = first.registering("https://b/meta", {"user": ("email",)}, holder="b", since=AT)
    assert RegistrationRecord.from_state(second.to_state()) == second
    assert second.callback_urls == ("https://a/meta", "https://b/meta")
    assert second.fields == {"page": ("feed",), "user": ("email",)}
    assert (second.holder, second.since, second.release) == ("b", AT, __version__)


def test_the_newest_address_is_the_last_and_only_some_are_kept() -> None:
    registered = RegistrationRecord()
    for number in (*range(30), 25):
        registered = registered.registering(f"https://{number}/", {}, holder="a", since=AT)
    assert len(registered.callback_urls) == 20
    assert registered.callback_urls[-1] == "https://25/"


def test_what_is_declared_is_not_yet_what_is_registered() -> None:
    first = RegistrationRecord().registering("https://a/meta", {"page": ("feed",)}, holder="a", since=AT)
    declared = RegistrationRecord.from_state(first.declaring("https://b/meta").to_state())
    assert (declared.callback_url, declared.callback_urls) == ("https://a/meta", ("https://a/meta", "https://b/meta"))


def test_that_of_an_earlier_release_has_its_newest_callback_registered() -> None:
    state = b'{"callback_urls":["https://a/","https://b/"],"fields":{},"holder":"a","since":1,"release":"0.9"}'
    assert RegistrationRecord.from_state(state).callback_url == "https://b/"


@pytest.mark.parametrize("state", [None, b"", RegistrationRecord().to_state()])
def test_nothing_is_left_at_first(state: bytes | None) -> None:
    assert RegistrationRecord.from_state(state) == RegistrationRecord()


@pytest.mark.parametrize(
    "state", [b"\xff", b"[]", b"{}", b'{"callback_urls":1,"fields":{},"holder":"","since":1,"release":""}']
)
def test_the_state_of_another_program_is_refused(state: bytes) -> None:
    with pytest.raises(LogRefusedError, match="cannot be read"):
        RegistrationRecord.from_state(state)
