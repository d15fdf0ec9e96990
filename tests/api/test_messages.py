"""Judging, signing, reading and answering, as an app's handler does it."""

import doctest
from collections.abc import Iterable
from typing import Any

import pytest

import hookscope
from hookscope.api import messages
from hookscope.meta.signature import sign_headers
from tests.support.captures import SECRET, batch_body, feed_body, signed

BODY = feed_body("grüße")
SIGNED = hookscope.sign(BODY, SECRET)
SHA1 = dict(sign_headers(BODY, SECRET))["X-Hub-Signature"]


def test_the_examples_are_right() -> None:
    failed, tried = doctest.testmod(messages)
    assert (failed, tried > 8) == (0, True)


@pytest.mark.parametrize(
    "headers",
    [
        signed(BODY),
        {"x-hub-signature-256": SIGNED},
        [("X-HUB-SIGNATURE-256", SIGNED), ("Via", "a"), ("Via", "b")],
        [(b"x-hub-signature-256", SIGNED.encode())],
        {"X-Hub-Signature": SHA1},
        iter([("X-Hub-Signature-256", SIGNED), ("X-Odd", "\udcff")]),
    ],
)
def test_headers_may_be_those_of_any_framework(headers: Any) -> None:
    assert hookscope.verify(headers, BODY, SECRET)


@pytest.mark.parametrize("body", [bytearray(BODY), memoryview(BODY)])
def test_a_body_may_be_any_bytes(body: Any) -> None:
    assert hookscope.verify(signed(BODY), body, [SECRET])
    assert hookscope.parse(body).events == hookscope.parse(BODY).events


@pytest.mark.parametrize(
    ("headers", "body", "told"),
    [
        ({}, BODY, "no X-Hub-Signature-256 header"),
        ({"X-Hub-Signature-256": SIGNED}, BODY + b"\n", "a newline was added"),
        ({"X-Hub-Signature-256": hookscope.sign(BODY, "another")}, BODY, "another app's secret"),
    ],
)
def test_an_invalid_signature_is_falsy_and_has_a_reason(headers: dict[str, str], body: bytes, told: str) -> None:
    found = hookscope.verify(headers, body, SECRET)
    assert not found
    assert told in str(found.reason)
    assert SIGNED.removeprefix("sha256=") not in str(found.reason)


def test_any_of_several_secrets_may_have_signed() -> None:
    assert hookscope.verify(signed(BODY), BODY, ["another", SECRET])
    assert not hookscope.verify(signed(BODY), BODY, ["another", "third"])


@pytest.mark.parametrize("secrets", [SECRET, ["another", SECRET], {"mine": SECRET}, iter(["another", SECRET])])
def test_a_wrong_signature_is_explained(secrets: Any) -> None:
    finding = hookscope.explain_signature(signed(BODY), BODY + b"\n", secrets)
    assert (finding.id, finding.failed) == ("signature.newline-added", True)
    assert hookscope.explain_signature(signed(BODY), b"{}", SECRET, original=BODY).id == "signature.edited"


@pytest.mark.parametrize("secrets", [[], "", "  ", ["right", ""], ()])
def test_without_a_secret_nothing_is_verified(secrets: str | Iterable[str]) -> None:
    """An app whose setting is empty must not take what anybody can sign with it."""
    forged = {"X-Hub-Signature-256": "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}
    with pytest.raises(hookscope.UsageError) as raised:
        hookscope.verify(forged, b"", secrets)
    assert raised.value.code == 2
    assert raised.value.hint


@pytest.mark.parametrize("body", [BODY.decode(), {"object": "page"}, None])
def test_a_body_that_was_decoded_is_refused(body: Any) -> None:
    for use in (hookscope.parse, hookscope.summarize, lambda one: hookscope.verify({}, one, SECRET)):
        with pytest.raises(hookscope.UsageError, match="instead of bytes") as raised:
            use(body)
        assert "raw bytes" in str(raised.value.hint)


def test_a_body_is_parsed_into_events_with_their_ids() -> None:
    (event,) = hookscope.parse(BODY)
    assert (event.object, event.field, event.action, event.entry_id) == ("page", "feed", "comment add", "1234")
    assert event.summary == "comment add by Tester: grüße"
    assert event.time
    assert event.time.timestamp() == 1449135003
    assert event.ids == {"comment_id": "901_903"}
    assert event.value["message"] == "grüße"
    assert hookscope.summarize(BODY) == event.summary


def test_each_event_of_a_batch_has_an_identity_of_its_own() -> None:
    one, two = hookscope.parse(batch_body())
    assert (one.ids, two.ids) == ({"id": "wamid.one"}, {"id": "wamid.two"})
    (again,) = hookscope.parse(batch_body("two"))
    assert one.fingerprint != two.fingerprint == again.fingerprint


def test_a_message_of_messenger_has_its_id() -> None:
    body = (
        b'{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"9"},"recipient":{"id":"1"},'
        b'"message":{"mid":"m_1","text":"hi","reply_to":{"mid":"m_0"}}}]}]}'
    )
    (event,) = hookscope.parse(body)
    assert (event.field, event.ids, event.is_test) == ("messages", {"mid": "m_1"}, False)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"object":"page","entry":[]}', b"[" * 100_000])
def test_a_body_that_is_not_a_notification_has_no_events_and_a_problem(body: bytes) -> None:
    parsed = hookscope.parse(body)
    assert not parsed
    assert parsed.problem
    assert hookscope.summarize(body) == parsed.problem


PARAMETERS = {"hub.mode": "subscribe", "hub.challenge": "1158", "hub.verify_token": "blue+sky"}


@pytest.mark.parametrize(
    "query",
    [
        PARAMETERS,
        list(PARAMETERS.items()),
        "hub.mode=subscribe&hub.challenge=1158&hub.verify_token=blue%2Bsky",
        "?hub.verify_token=blue%2Bsky&hub.challenge=1158&hub.mode=subscribe",
    ],
)
def test_a_handshake_is_answered_with_its_challenge(query: Any) -> None:
    assert hookscope.answer_handshake(query, "blue+sky") == "1158"


@pytest.mark.parametrize("query", ["", PARAMETERS | {"hub.verify_token": "red"}, PARAMETERS | {"hub.mode": "no"}])
def test_another_handshake_is_refused_without_the_right_token(query: Any) -> None:
    with pytest.raises(hookscope.HandshakeError) as raised:
        hookscope.answer_handshake(query, "blue+sky")
    assert (raised.value.code, raised.value.hint and raised.value.hint[:18]) == (5, "answer it with 403")
    assert "blue" not in str(raised.value)


def test_undocumented_keys_are_named() -> None:
    assert hookscope.lint(BODY) == []
    (finding,) = hookscope.lint(feed_body(mood="good"), {"Facebook-API-Version": "v25.0"})
    assert finding.id == "payload.unknown-key"
