"""Error answers of the Graph API, read and explained."""

import json
from typing import Any

import pytest

from hookscope.meta.graph_error import GraphFault, read_fault


def fault(status: int = 400, **error: Any) -> GraphFault:
    found = read_fault(status, json.dumps({"error": error}).encode())
    assert found
    return found


def bare(status: int, body: bytes) -> GraphFault:
    found = read_fault(status, body)
    assert found
    return found


@pytest.mark.parametrize("body", [b'{"success":true}', b'"true"', b"true", b'{"data":[]}', b"{}"])
def test_a_200_with_json_is_a_success(body: bytes) -> None:
    assert read_fault(200, body) is None


def test_every_part_of_the_envelope_is_read() -> None:
    found = fault(
        message="An unknown error occurred",
        type="OAuthException",
        code=1,
        error_subcode=1929002,
        is_transient=False,
        error_user_title="Invalid Permissions",
        error_user_msg="You could not subscribe.",
        fbtrace_id="AbYv",
    )
    assert (found.code, found.subcode, found.type, found.trace_id) == (1, 1929002, "OAuthException", "AbYv")
    assert (found.user_title, found.user_message) == ("Invalid Permissions", "You could not subscribe.")
    assert str(found) == "An unknown error occurred (trace AbYv)"


def test_a_long_list_of_possible_names_is_cut() -> None:
    names = [f"field{number}" for number in range(90)]
    shown = str(fault(code=100, message=f"(#100) Param fields[0] must be one of {{{', '.join(names)}}}"))
    assert shown.endswith("must be one of {field0, field1, field2, field3, field4, field5, … 90 in all}")
    short = "(#100) Param fields[0] must be one of {feed, mention}"
    assert str(fault(code=100, message=short)) == short


def test_a_200_that_carries_an_error_is_an_error() -> None:
    assert fault(200, message="Oops", code=2).code == 2
    assert read_fault(200, b'{"error":"bad gateway"}')


def test_an_envelope_of_wrong_types_is_still_read() -> None:
    found = fault(502, message=["x"], code="19O", error_subcode=True, fbtrace_id=None)
    assert (found.message, found.code, found.subcode, found.trace_id) == ("", 0, 0, "")
    assert str(found) == "HTTP 502"


def test_numbers_and_flags_in_strings_are_read() -> None:
    found = fault(401, message="Session has expired", code="190", error_subcode="463", is_transient="false")
    assert (found.code, found.subcode, found.is_transient) == (190, 463, False)
    assert "expired" in found.cause
    assert fault(code="2200", is_transient="true").is_handshake
    assert fault(code="100", is_transient="true").is_transient


def test_a_message_of_several_lines_becomes_one() -> None:
    assert (
        str(fault(code=200, message="(#200) One permission.\n(#200) Another."))
        == "(#200) One permission. (#200) Another."
    )


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (502, b"<html>\n<h1>Bad  Gateway</h1>", "HTTP 502: <html> <h1>Bad Gateway</h1>"),
        (200, b"Service Unavailable", "HTTP 200: Service Unavailable"),
        (302, b"", "HTTP 302 with an empty body"),
        (500, b"[" * 100_000, "HTTP 500: " + "[" * 120),
        (503, b"\xff\xfe", "HTTP 503: \ufffd\ufffd"),
        (404, b'{"detail":"no"}', 'HTTP 404: {"detail":"no"}'),
    ],
)
def test_an_answer_without_an_envelope_shows_how_it_begins(status: int, body: bytes, shown: str) -> None:
    found = bare(status, body)
    assert str(found) == shown
    assert not found.enveloped
    assert "not come from the Graph API" in found.cause
    assert "--graph-url" in found.hint


@pytest.mark.parametrize(
    ("found", "retried", "outage"),
    [
        (fault(code=1), True, True),
        (fault(code=2), True, True),
        (fault(code=1, error_subcode=1929002), False, False),
        (fault(500, code=0), True, True),
        (fault(code=4), True, False),
        (fault(code=613), True, False),
        (fault(code=80001), True, False),
        (fault(code=80014), True, False),
        (fault(code=80015), False, False),
        (fault(code=100), False, False),
        (fault(code=100, is_transient=True), True, False),
        (fault(code=190), False, False),
        (fault(code=2200), False, False),
        (fault(500, code=2201, is_transient=True), False, False),
        (bare(502, b"<html>"), True, True),
        (bare(200, b"Service Unavailable"), True, False),
        (bare(404, b"<html>"), False, False),
    ],
)
def test_failures_worth_a_retry(found: GraphFault, retried: bool, outage: bool) -> None:
    assert found.worth_retrying is retried
    assert found.is_outage is outage


@pytest.mark.parametrize(
    ("found", "doubt"),
    [
        (bare(502, b"<html>"), True),
        (bare(200, b"Service Unavailable"), True),
        (bare(403, b"<html>"), False),
        (fault(500, code=1), False),
    ],
)
def test_only_an_answer_from_in_between_leaves_doubt_about_the_call(found: GraphFault, doubt: bool) -> None:
    assert found.leaves_doubt is doubt


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("errors: HTTP Status Code = 404; HTTP Message = Not Found", "HTTP 404, not 200"),
        ("errors: curl_errno = 28", "no answer within Meta's patience"),
        ("curl_errno = 51; HTTP Status Code = 200; HTTP Message = Connection established", "another host name"),
        ("curl_errno = 99", "curl error 99"),
        ("subscription validation failed", "could not verify"),
    ],
)
def test_a_failed_verification_is_explained(message: str, words: str) -> None:
    found = fault(code=2200, message=f"(#2200) Callback verification failed with the following {message}")
    assert words in found.cause
    assert "wait before trying again" in found.hint


def test_a_wrong_challenge_is_quoted() -> None:
    message = '(#2201) response does not match challenge, expected value="6736819", received="OK"'
    assert fault(code=2201, message=message).cause == (
        "the callback answered 200 with 'OK' instead of the challenge '6736819'"
    )


@pytest.mark.parametrize(
    ("found", "cause", "hint"),
    [
        (fault(code=190, message="Invalid OAuth access token signature."), "app secret", "app secret again"),
        (fault(code=190, error_subcode=463), "expired", "app secret again"),
        (fault(code=101), "app id is not known", "--app-id"),
        (fault(code=15), "app's own token", "app id and app secret"),
        (fault(code=100), "a parameter", "callback URL"),
        (
            fault(code=100, message="Invalid appsecret_proof provided in the API argument"),
            "not belong to that app",
            "again",
        ),
        (fault(code=100, message="(#100) Param fields[1] must be one of {feed, mention}"), "in fields", "spelling"),
        (fault(code=200), "permission", "App Dashboard"),
        (fault(code=283), "permission", "App Dashboard"),
        (fault(code=4), "rate limit", "rolling hour"),
        (fault(code=80008), "on this Page or account", "rolling hour"),
        (fault(code=1, error_subcode=1929002), "needs a permission", "--fields"),
        (fault(code=9999, error_user_msg="So it is."), "So it is.", "trace id"),
        (fault(418, code=9999), "HTTP 418", "trace id"),
    ],
)
def test_each_kind_of_error_has_a_cause_and_a_hint(found: GraphFault, cause: str, hint: str) -> None:
    assert cause in found.cause
    assert hint in found.hint
