"""Captures survive the way through an entry, and secrets do not get into it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.model.record import Capture, Kind, Reply, Request
from hookscope.team.entry import UnreadableEntryError, decode, encode
from hookscope.team.log import Entry, LogRefusedError
from tests.support.captures import make_capture, make_handshake


def _there_and_back(capture: Capture) -> Capture:
    return decode(encode(capture, capture.identify(), "relay-1")).capture


_BYTES = st.binary(max_size=20)
_VALUES = _BYTES.filter(lambda value: not {*b"\r\n"} & {*value})
_NAMES = _VALUES.filter(lambda name: b":" not in name)
"""As HTTP's parser lets them in."""


@given(
    headers=st.lists(st.tuples(_NAMES, _VALUES), max_size=4),
    body=_BYTES,
    target=st.text(st.characters(max_codepoint=255), max_size=20),
    reply=_BYTES,
)
def test_every_byte_comes_back(headers: list[tuple[bytes, bytes]], body: bytes, target: str, reply: bytes) -> None:
    request = Request(method="POST", target=f"/{target}", headers=tuple(headers), body=body, remote="::1")
    capture = make_capture(request=request, reply=Reply(status=200, body=reply, elapsed_ms=1.5))
    assert _there_and_back(capture) == capture


def test_a_handshake_and_a_stray_come_back() -> None:
    handshake = make_handshake(accepted=False, reason="the verify token is wrong")
    assert _there_and_back(handshake).handshake == handshake.handshake
    stray = make_capture(b"?", kind=Kind.STRAY, flaw="the body ended early", reply=Reply(status=None))
    assert _there_and_back(stray) == stray


def test_the_identities_and_the_relay_come_along() -> None:
    capture = make_capture()
    shared = decode(encode(capture, capture.identify(), "relay-1"))
    assert (shared.identities, shared.relay) == (capture.identify(), "relay-1")
    assert shared.identities[0]


@pytest.mark.parametrize(
    "name",
    ["hub.verify_token", "hub%2Everify_token", "hub.verify%5Ftoken", "%68ub.verify_token", "hub_verify_token"],
)
def test_the_verify_token_does_not_get_into_the_log(name: str) -> None:
    target = f"/hook?hub.mode=subscribe&{name}=my-t0ken&hub.challenge=1"
    request = Request(method="GET", target=target, headers=(), body=b"", remote="::1")
    entry = encode(make_handshake(request=request), (), "relay-1")
    assert b"my-t0ken" not in entry.head
    assert decode(entry).capture.request.target == f"/hook?hub.mode=subscribe&{name}=***&hub.challenge=1"


def test_a_later_version_asks_for_an_upgrade() -> None:
    entry = encode(make_capture(), (), "relay-1")
    later = Entry(seq=7, head=entry.head.replace(b'"v":1', b'"v":2'), body=entry.body)
    with pytest.raises(LogRefusedError, match=r"@7 .* version 2") as refused:
        decode(later)
    assert refused.value.hint == "upgrade hookscope"


def test_unknown_keys_are_ignored() -> None:
    entry = encode(make_capture(), (), "relay-1")
    more = Entry(seq=7, head=json.dumps({**json.loads(entry.head), "later": 1}).encode(), body=entry.body)
    assert decode(more).capture.id == 7


@pytest.mark.parametrize("head", [b"", b"\xff", b"[]", b"1", b"{}", b'{"v":1}', b'{"v":1,"kind":"?"}'])
def test_a_head_of_another_program_is_refused(head: bytes) -> None:
    with pytest.raises(UnreadableEntryError, match=r"@3 .* cannot be read"):
        decode(Entry(seq=3, head=head, body=b""))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", 1),
        ("method", "\ud800"),
        ("identities", ["\udc00"]),
        ("flaw", "\ud83d"),
        ("at", 1e300),
        ("at", 1 << 64),
        ("at", "now"),
        ("status", "200"),
        ("status", 1 << 64),
        ("identities", [1]),
        ("headers", [["A", 1]]),
    ],
)
def test_a_value_that_no_journal_takes_is_refused(name: str, value: object) -> None:
    entry = encode(make_capture(), (), "relay-1")
    wrong = Entry(seq=3, head=json.dumps({**json.loads(entry.head), name: value}).encode(), body=b"")
    with pytest.raises(UnreadableEntryError, match=r"@3 .* cannot be read"):
        decode(wrong)


def test_a_text_outside_the_basic_plane_is_no_half_of_a_pair() -> None:
    request = Request(method="POST", target="/\U0001f600", headers=(), body=b"", remote="::1")
    assert _there_and_back(make_capture(request=request)).request.target == "/\U0001f600"


def test_a_head_nested_too_deep_is_refused() -> None:
    with pytest.raises(UnreadableEntryError, match=r"@3 .* cannot be read"):
        decode(Entry(seq=3, head=b"[" * 200_000, body=b""))


def test_text_behind_a_head_is_refused() -> None:
    entry = encode(make_capture(), (), "relay-1")
    with pytest.raises(UnreadableEntryError, match=r"@3 .* cannot be read"):
        decode(Entry(seq=3, head=entry.head + b"{}", body=b""))
