import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.meta.overrides import parse_assignment
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, SignatureVerdict, judge
from hookscope.model.faults import Share
from hookscope.model.record import Capture, Kind
from hookscope.outbound.replay.mutation import Mutation, is_made_by
from hookscope.secret_sources import Secret
from tests.support.captures import SECRET, feed_body, make_capture, make_handshake

GREETING = (parse_assignment("value.message=größer <b> 100% a/b"),)


def known(_: Capture) -> Secret:
    return Secret(SECRET)


def unknown(capture: Capture) -> Secret:
    raise UsageError(f"no secret for #{capture.id}")


def verdict(capture: Capture, secret: str = SECRET) -> SignatureVerdict:
    return judge(capture.request.headers, capture.request.body, (secret,)).verdict


def names(capture: Capture) -> list[bytes]:
    return [name for name, _ in capture.request.headers]


def unsigned(capture: Capture) -> Capture:
    headers = tuple(pair for pair in capture.request.headers if not pair[0].startswith(b"X-Hub"))
    return replace(capture, request=replace(capture.request, headers=headers))


def test_nothing_is_changed_unless_asked_for() -> None:
    capture = make_capture()
    assert Mutation().apply(capture, unknown) is capture


def test_another_value_is_written_as_meta_writes_it_and_signed_again() -> None:
    capture = make_capture(id=12)
    sent = Mutation(assignments=GREETING).apply(capture, known)
    assert sent.request.body == feed_body("größer <b> 100% a/b")
    assert verdict(sent) is SignatureVerdict.VALID
    assert sent.signature.verdict is SignatureVerdict.VALID
    assert names(sent) == names(capture)
    for header in (SHA1_HEADER, SHA256_HEADER):
        assert dict(sent.request.headers)[header.encode()] != dict(capture.request.headers)[header.encode()]


def test_the_same_value_again_changes_no_byte() -> None:
    spaced = make_capture(b'{"object" : "page", "entry": [{"changes": [{"value": {"a": 1}}]}]}')
    sent = Mutation(assignments=(parse_assignment("value.a=1"),)).apply(spaced, unknown)
    assert sent.request == spaced.request
    assert Mutation(assignments=(parse_assignment("value.a=true"),)).apply(spaced, known).request != spaced.request


def test_without_the_secret_nothing_can_be_signed_again() -> None:
    with pytest.raises(UsageError, match="no secret for #12"):
        Mutation(assignments=GREETING).apply(make_capture(id=12), unknown)


def test_the_old_signature_can_be_left() -> None:
    capture = make_capture()
    sent = Mutation(assignments=GREETING, resign=False).apply(capture, unknown)
    assert sent.request.headers == capture.request.headers
    assert sent.request.body != capture.request.body
    assert sent.signature.verdict is verdict(sent) is SignatureVerdict.INVALID


def test_unsigned_requests_stay_unsigned_unless_asked() -> None:
    capture = unsigned(make_capture())
    sent = Mutation(assignments=GREETING).apply(capture, unknown)
    assert sent.request.headers == capture.request.headers
    signed = Mutation(assignments=GREETING, resign=True).apply(capture, known)
    assert verdict(signed) is SignatureVerdict.VALID
    assert names(signed)[-2:] == [SHA1_HEADER.encode(), SHA256_HEADER.encode()]


def test_everything_can_be_signed_with_another_secret() -> None:
    sent = Mutation(resign=True).apply(make_capture(), lambda _: Secret("another"))
    assert sent.request.body == feed_body()
    assert verdict(sent, "another") is SignatureVerdict.VALID


def test_an_edited_body_is_signed_again_and_may_be_set_too() -> None:
    change = Mutation(
        bodies={12: feed_body("edited", verb="add")}, assignments=(parse_assignment("value.verb=edited"),)
    )
    sent = change.apply(make_capture(id=12), known)
    assert sent.request.body == feed_body("edited", verb="edited")
    assert verdict(sent) is SignatureVerdict.VALID
    other = make_capture(id=13)
    assert Mutation(bodies={12: b"{}"}).apply(other, unknown) == other


@pytest.mark.parametrize(("share", "length"), [(Share(count=10), 10), (Share(share=0.0), 0)])
def test_a_body_is_cut_off_under_its_old_signature(share: Share, length: int) -> None:
    capture = make_capture()
    sent = Mutation(truncate=share).apply(capture, unknown)
    assert sent.request.body == feed_body()[:length]
    assert sent.request.headers == capture.request.headers
    assert sent.signature.verdict is SignatureVerdict.INVALID


def test_a_cut_off_body_can_be_signed_too() -> None:
    sent = Mutation(truncate=Share(count=10), resign=True).apply(make_capture(), known)
    assert verdict(sent) is SignatureVerdict.VALID


def test_a_changed_body_is_cut_off_after_it_was_signed() -> None:
    whole = Mutation(assignments=GREETING).apply(make_capture(), known)
    cut = Mutation(assignments=GREETING, truncate=Share(share=0.5)).apply(make_capture(), known)
    assert cut.request.headers == whole.request.headers
    assert whole.request.body.startswith(cut.request.body)
    assert cut.signature.verdict is SignatureVerdict.INVALID


def test_a_bad_signature_is_well_formed_and_wrong() -> None:
    capture = make_capture()
    for given in (capture, unsigned(capture)):
        sent = Mutation(bad_signature=True).apply(given, unknown)
        assert sent.request.body == capture.request.body
        assert verdict(sent) is sent.signature.verdict is SignatureVerdict.INVALID
        assert len(dict(sent.request.headers)[SHA256_HEADER.encode()]) == len("sha256=") + 64


def test_a_handshake_has_no_signature_to_make() -> None:
    handshake = make_handshake()
    for change in (Mutation(resign=True), Mutation(bad_signature=True)):
        assert change.apply(handshake, unknown).request == handshake.request


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"no json", "not JSON"), (b'{"object": "page"}', "neither changes nor messaging"), (b"[1e999]", "#12 cannot")],
)
def test_a_body_that_cannot_be_changed_so_is_an_error(body: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Mutation(assignments=GREETING).apply(make_capture(body, id=12), known)
    assert caught.value.done == "nothing was sent"


def test_the_secret_that_made_a_signature_is_told_from_others() -> None:
    assert is_made_by(make_capture(), Secret(SECRET))
    assert not is_made_by(make_capture(), Secret("another"))
    assert not is_made_by(unsigned(make_capture()), Secret(SECRET))
    assert make_handshake().kind is Kind.HANDSHAKE
    assert not is_made_by(make_handshake(), Secret(SECRET))
