"""Every answer of the Graph API to a registration, with what the receiver saw, and the one cause of both."""

import json
from typing import Any

import pytest

from hookscope.diagnosis.finding import State
from hookscope.diagnosis.handshake import (
    HandshakeOutcome,
    ReceivedHandshake,
    explain_refusal,
    find_handshake,
    is_verification,
)
from hookscope.meta.graph_error import GraphFault, read_fault
from hookscope.model.record import Kind, Reply, Request
from tests.support.captures import make_capture, make_handshake

FAILED = "(#2200) Callback verification failed with the following errors: "
CONNECTED = "; HTTP Status Code = 200; HTTP Message = Connection established"

NOTHING = ReceivedHandshake(outcome=HandshakeOutcome.NOTHING)
ANSWERED = ReceivedHandshake(outcome=HandshakeOutcome.ANSWERED, seconds=0.1)
WRONG_TOKEN = ReceivedHandshake(outcome=HandshakeOutcome.REFUSED, reason="the verify token is a different one")
ALTERED = ReceivedHandshake(outcome=HandshakeOutcome.REFUSED, reason="the verify token was altered on the way")
LATE = ReceivedHandshake(outcome=HandshakeOutcome.LATE, seconds=8)
ELSEWHERE = ReceivedHandshake(outcome=HandshakeOutcome.ELSEWHERE)
NOT_STORED = ReceivedHandshake(outcome=HandshakeOutcome.NOT_STORED)


def refused(message: str, code: int = 2200, status: int = 400, **error: Any) -> GraphFault:
    envelope = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbYv", **error}
    found = read_fault(status, json.dumps({"error": envelope}).encode())
    assert found
    return found


def curl(number: int, text: str = "", tail: str = "") -> GraphFault:
    return refused(f"{FAILED}curl_errno = {number}; curl_error = {text}{tail}")


def status(number: int, phrase: str = "Not Found") -> GraphFault:
    return refused(f"{FAILED}HTTP Status Code = {number}; HTTP Message = {phrase}")


def body(received: str) -> GraphFault:
    text = f'(#2201) response does not match challenge, expected value="6736819", received="{received}"'
    return refused(text, code=2201)


@pytest.mark.parametrize(
    ("fault", "seen", "name"),
    [
        (status(403, "Forbidden"), WRONG_TOKEN, "handshake.wrong-token"),
        (status(403, "Forbidden"), ALTERED, "handshake.token-altered"),
        (status(403, "Forbidden"), NOTHING, "handshake.blocked"),
        (status(401, "Unauthorized"), NOTHING, "handshake.blocked"),
        (status(404), NOTHING, "handshake.leads-elsewhere"),
        (status(404), ELSEWHERE, "handshake.wrong-path"),
        (status(429), NOTHING, "handshake.tunnel-limit"),
        (status(502, "Bad Gateway"), NOTHING, "handshake.tunnel-down"),
        (status(503), NOTHING, "handshake.tunnel-down"),
        (status(503), NOT_STORED, "handshake.not-stored"),
        (status(400, "Bad Request"), NOTHING, "handshake.answered-elsewhere"),
        (status(402, "Payment Required"), NOTHING, "handshake.answered-elsewhere"),
        (status(502, "Bad Gateway"), ANSWERED, "handshake.answer-replaced"),
        (curl(28), NOTHING, "handshake.not-arrived"),
        (curl(28), ANSWERED, "handshake.answer-lost"),
        (curl(28), LATE, "handshake.answered-late"),
        (curl(6), NOTHING, "handshake.name-unknown"),
        (curl(7), NOTHING, "handshake.refused"),
        (curl(35, "Unknown SSL protocol error in connection to x:3000 ", CONNECTED), NOTHING, "handshake.no-tls"),
        (curl(47, "Maximum (2) redirects followed", "; HTTP Status Code = 302"), NOTHING, "handshake.redirects"),
        (curl(51, "no alternative certificate subject", CONNECTED), NOTHING, "handshake.certificate-name"),
        (curl(60, "", CONNECTED), NOTHING, "handshake.certificate"),
        (curl(52), NOTHING, "handshake.broken-off"),
        (curl(56), NOTHING, "handshake.broken-off"),
        (curl(56), ANSWERED, "handshake.answer-lost"),
        (body("\u003c!DOCTYPE html> \n<ht..."), NOTHING, "handshake.somebody-else"),
        (body("OK"), NOTHING, "handshake.somebody-else"),
        (body('"6736819"'), ANSWERED, "handshake.answer-altered"),
        (refused("(#2200) callback verification failed: "), NOTHING, "handshake.unexplained"),
        (refused("(#2200) subscription validation failed"), ANSWERED, "handshake.unexplained"),
        (refused("(#100) callback_url URL is not properly formatted", 100), NOTHING, "graph.callback-url"),
        (refused("(#100) Invalid parameter", 100), NOTHING, "graph.object"),
        (refused("(#100) Param fields[1] must be one of {feed}", 100), NOTHING, "graph.unknown-field"),
        (refused("(#100) The parameter object is required", 100), NOTHING, "graph.parameter"),
        (refused("Invalid appsecret_proof provided in the API argument", 100), NOTHING, "graph.proof-refused"),
        (refused("(#15) This method must be called with an app token.", 15), NOTHING, "graph.app-token-wanted"),
        (refused("An unknown error occurred", 1, error_subcode=1929002), NOTHING, "graph.field-permission"),
        (refused("Cannot get application info", 101), NOTHING, "graph.app-id-unknown"),
        (refused("Invalid OAuth access token signature.", 190), NOTHING, "graph.token-refused"),
        (refused("Session has expired", 190, error_subcode=463), NOTHING, "graph.token-expired"),
        (refused("changed", 190, error_subcode=460), NOTHING, "graph.token-password-changed"),
        (refused("not authorized", 190, error_subcode=458), NOTHING, "graph.token-app-removed"),
        (refused("(#10) needs permission", 10), NOTHING, "graph.permission"),
        (refused("(#283) Requires manage_pages permission", 283), NOTHING, "graph.permission"),
        (refused("(#4) Application request limit reached", 4), NOTHING, "graph.rate-limit"),
        (refused("too fast", 613, error_subcode=1996), NOTHING, "graph.rate-limit"),
        (refused("deemed abusive", 368), NOTHING, "graph.blocked"),
        (refused("unknown", 1), NOTHING, "graph.outage"),
        (refused("oops", 99), NOTHING, "graph.refused"),
    ],
)
def test_each_answer_has_one_cause(fault: GraphFault, seen: ReceivedHandshake, name: str) -> None:
    finding = explain_refusal(fault, seen)
    assert (finding.id, finding.state) == (name, State.FAILED)
    assert finding.why
    assert finding.next_step


def test_an_answer_that_is_not_metas_is_told() -> None:
    found = read_fault(502, b"<html>Bad Gateway")
    assert found
    assert explain_refusal(found).id == "graph.not-meta"


def test_the_permission_that_is_missing_is_named() -> None:
    text = "(#200) To subscribe to the leadgen field, one of these permissions is needed: leads_retrieval."
    finding = explain_refusal(refused(text, 200))
    assert "leads_retrieval" in (finding.next_step or "")


def test_both_sides_are_told() -> None:
    why = explain_refusal(status(403, "Forbidden"), WRONG_TOKEN).why or ""
    assert "HTTP 403" in why
    assert "the verify token is a different one" in why


def test_what_arrived_is_read_from_the_captures() -> None:
    get = Request(method="GET", target="/elsewhere?hub.mode=subscribe", headers=(), body=b"", remote="")
    stray = make_capture(b"", kind=Kind.STRAY, request=get, flaw="a slash too many")
    slow = make_handshake(reply=Reply(status=200, elapsed_ms=7000.0))
    assert find_handshake([]) == NOTHING
    assert find_handshake([make_capture()]) == NOTHING
    assert find_handshake([make_handshake()]).outcome is HandshakeOutcome.ANSWERED
    assert find_handshake([slow]).outcome is HandshakeOutcome.LATE
    assert find_handshake([make_handshake(accepted=False, reason="another")]) == ReceivedHandshake(
        outcome=HandshakeOutcome.REFUSED, reason="another"
    )
    assert find_handshake([make_handshake(), stray]) == ReceivedHandshake(
        outcome=HandshakeOutcome.ELSEWHERE, reason="a slash too many"
    )
    assert not is_verification(make_capture())


@pytest.mark.parametrize(("method", "target"), [("GET", "/favicon.ico"), ("POST", "/elsewhere?hub.mode=subscribe")])
def test_another_stray_is_not_taken_for_a_handshake_at_a_wrong_path(method: str, target: str) -> None:
    request = Request(method=method, target=target, headers=(), body=b"", remote="")
    assert find_handshake([make_capture(b"", kind=Kind.STRAY, request=request)]) == NOTHING
