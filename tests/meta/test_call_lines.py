"""Messenger's calls, which an entry holds in a list of their own, and the reply that is an entry itself."""

from typing import Any

import pytest

from hookscope.diagnosis.lint import lint
from hookscope.meta import wire
from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import Event, parse
from hookscope.meta.senders import senders
from hookscope.meta.summaries.story import tell
from hookscope.meta.summaries.summary import summarize

INBOUND = {"event": "connect", "from": "700", "to": "100200", "call_direction": "user_initiated"}
OUTBOUND = {"event": "connect", "from": "100200", "to": "700", "call_direction": "business_initiated"}
RINGING = {"event": "call_status", "recipient_id": "700", "call_status": "ringing"}
ENDED = {"event": "terminate", "status": "Completed", "start_time": 1760000000, "end_time": 1760000120, "duration": 120}
FAILED = {"event": "terminate", "status": "Failed", "start_time": 1760000000, "end_time": 1760000001}
REPLY: dict[str, Any] = {
    "sender": {"id": "700"},
    "recipient": {"id": "100200"},
    "timestamp": 1760000000,
    "call_permission_reply": {"response": "approve", "expiration_timestamp": 1760600000},
}


def body_of(*calls: dict[str, Any], sent: int = 1760000000) -> bytes:
    items = [{"id": "c_1", "timestamp": 1760000000, **call} for call in calls]
    return wire.encode({"object": "page", "entry": [{"id": "100200", "time": sent, "calls": items}]})


def event_of(call: dict[str, Any]) -> Event:
    (found,) = parse(body_of(call)).events
    return found


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (INBOUND, "call connect from 700"),
        (OUTBOUND, "call connect to 700"),
        (RINGING, "call status to 700: ringing"),
        ({"event": "media_update", "session": {"version": 1}}, "call media update"),
        (ENDED, "call terminate: completed, 120 s"),
        (FAILED, "call terminate: failed"),
    ],
)
def test_a_call_says_what_happened_and_with_whom(call: dict[str, Any], line: str) -> None:
    found = event_of(call)
    assert (found.field, summarize(found).summary, found.is_failure) == ("calls", line, call is FAILED)


@pytest.mark.parametrize(
    ("call", "sides"),
    [
        (INBOUND, ("700", "Page")),
        (OUTBOUND, ("Page", "700")),
        (RINGING, ("Page", "700")),
        (ENDED, ("", "")),
    ],
)
def test_a_call_goes_from_who_calls_to_who_is_called(call: dict[str, Any], sides: tuple[str, str]) -> None:
    told = tell(event_of(call))
    assert (told.who, told.whom) == sides


def test_who_calls_is_found() -> None:
    assert senders(event_of(INBOUND)) == {"700"}


def test_the_stages_of_a_call_are_events_and_each_has_its_duplicate() -> None:
    first, again = body_of(INBOUND, ENDED), body_of(INBOUND, ENDED, sent=1760000900)
    identities = fingerprint(parse(first).events)
    assert len({*identities} - {None}) == 2
    assert fingerprint(parse(again).events) == identities


def test_a_reply_to_a_request_for_a_call_may_be_an_entry() -> None:
    body = wire.encode({"object": "page", "entry": [REPLY]})
    (found,) = parse(body).events
    assert (found.field, senders(found)) == ("call_permission_reply", {"700"})
    assert summarize(found).summary == "call permission reply by 700: approve"
    assert lint(body) == []


@pytest.mark.parametrize("call", [INBOUND, OUTBOUND, RINGING, ENDED])
def test_nothing_is_odd_about_a_call(call: dict[str, Any]) -> None:
    assert lint(body_of(call)) == []
