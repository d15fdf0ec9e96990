"""What an error means for the token that was refused, and what to do next."""

import json
from typing import Any

import pytest

from hookscope.meta.graph_error import GraphFault, read_fault
from hookscope.meta.token_fault import TokenKind, explain


def _fault(code: int, message: str = "no", **more: Any) -> GraphFault:
    found = read_fault(400, json.dumps({"error": {"code": code, "message": message, **more}}).encode())
    assert found
    return found


@pytest.mark.parametrize(
    ("kind", "fault", "cause", "hint"),
    [
        (TokenKind.PAGE, _fault(190), "Page token is expired, revoked", "set HOOKSCOPE_PAGE_TOKEN"),
        (TokenKind.USER, _fault(190, error_subcode=463), "the token has expired", "set HOOKSCOPE_USER_TOKEN"),
        (TokenKind.USER, _fault(190, error_subcode=999), "user token is expired", "HOOKSCOPE_USER_TOKEN"),
        (TokenKind.PAGE, _fault(10), "lacks a permission", "pages_manage_metadata"),
        (TokenKind.PAGE, _fault(200), "lacks a permission", "pages_messaging"),
        (TokenKind.USER, _fault(210), "the Page's own token", "HOOKSCOPE_PAGE_TOKEN"),
        (TokenKind.PAGE, _fault(100, "Invalid appsecret_proof provided"), "another app's", "for this app"),
        (TokenKind.USER, _fault(2500, "An active access token must be used"), "not one of a user", "hookscope doctor"),
        (TokenKind.USER, _fault(2500, "Unknown path components"), "unknown path", "--graph-url"),
        (TokenKind.PAGE, _fault(100, "Param subscribed_fields[0]"), "a parameter", "see the message"),
        (TokenKind.APP, _fault(100, error_subcode=33), "is not visible to this token", "HOOKSCOPE_USER_TOKEN"),
    ],
)
def test_cause_and_next_step(kind: TokenKind, fault: GraphFault, cause: str, hint: str) -> None:
    told = explain(fault, kind)
    assert cause in told[0]
    assert hint in told[1]
    assert "app secret again" not in told[1]


@pytest.mark.parametrize("fault", [_fault(190), _fault(15), _fault(2200), _fault(4), _fault(101)])
def test_the_apps_own_token_is_explained_as_ever(fault: GraphFault) -> None:
    assert explain(fault, TokenKind.APP) == (fault.cause, fault.hint)


def test_a_proxy_is_no_fault_of_the_token() -> None:
    fault = read_fault(502, b"<html>")
    assert fault
    assert explain(fault, TokenKind.PAGE) == (fault.cause, fault.hint)
