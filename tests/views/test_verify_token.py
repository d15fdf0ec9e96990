"""No screen shows a verify token, whatever something on the way has made of its parameter's name."""

import pytest

from hookscope.views.verify_token import MASK, masked_query, masked_target

NAMES = ["hub.verify_token", "hub_verify_token", "hub%2Everify%5Ftoken", "HUB.VERIFY_TOKEN"]


@pytest.mark.parametrize("name", NAMES)
def test_a_target_is_shown_without_its_verify_token(name: str) -> None:
    for separator in "&;":
        target = f"/hook?hub.mode=subscribe{separator}{name}=hide=me;hide&hub.challenge=1#x"
        assert masked_target(target) == f"/hook?hub.mode=subscribe{separator}{name}=•••&hub.challenge=1#x"


@pytest.mark.parametrize("name", NAMES)
def test_the_parameters_are_shown_without_it(name: str) -> None:
    found = list(masked_query(f"/hook?hub.mode=subscribe&{name}=hideme&hub.challenge=1&empty="))
    assert [value for _, value in found] == ["subscribe", MASK, "1", ""]


def test_nothing_else_is_masked() -> None:
    for target in ("/hook", "/hub.verify_token=x", "/hook?verify_token_hint=x&a=b"):
        assert masked_target(target) == target
