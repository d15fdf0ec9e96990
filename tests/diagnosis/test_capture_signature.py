import pytest
from msgspec.structs import replace

from hookscope.diagnosis.capture_signature import explain_capture_signature
from hookscope.diagnosis.finding import State
from hookscope.meta.signature import SHA1_HEADER, Signature, SignatureVerdict, sign
from hookscope.model.record import SANDBOX, Capture, Kind, Run
from hookscope.sandbox.address import made_up_secret
from tests.support.captures import SECRET, WHEN, feed_body, make_capture

OTHER = "fedcba9876543210fedcba9876543210"
INVALID = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256")


def explained(capture: Capture, secrets: dict[str, str] | None = None, original: Capture | None = None) -> str | None:
    known = {"the app secret": SECRET} if secrets is None else secrets
    finding = explain_capture_signature(capture, secrets=known, run=None, original=original)
    return finding.id if finding else None


def test_a_verdict_that_says_all_is_not_explained() -> None:
    assert explained(make_capture()) is None
    assert explained(make_capture(signature=Signature(verdict=SignatureVerdict.UNCHECKED))) is None
    assert explained(make_capture(kind=Kind.STRAY, signature=INVALID)) is None


@pytest.mark.parametrize("secrets", [{"the app secret": SECRET}, {"the app secret": OTHER, "another": SECRET}])
def test_a_secret_that_the_run_did_not_know_is_named(secrets: dict[str, str]) -> None:
    finding = explain_capture_signature(make_capture(signature=INVALID), secrets=secrets, run=None, original=None)
    assert finding
    assert (finding.id, finding.state) == ("signature.unknown-to-run", State.FAILED)


def test_sha1_alone_is_worth_a_word() -> None:
    body = feed_body()
    request = replace(
        make_capture(body).request, headers=((SHA1_HEADER.encode(), sign(body, SECRET, "sha1").encode()),)
    )
    signature = Signature(verdict=SignatureVerdict.VALID, algorithm="sha1")
    assert explained(make_capture(body, request=request, signature=signature)) == "signature.sha1-only"


def test_without_secrets_nothing_is_known() -> None:
    assert explained(make_capture(signature=INVALID), {}) == "signature.unchecked"


def test_an_edited_replay_is_compared_with_its_original() -> None:
    original = make_capture(feed_body("one"))
    edited = replace(original, request=replace(original.request, body=feed_body("two")), signature=INVALID)
    assert explained(edited, original=original) == "signature.edited"
    assert explained(edited) == "signature.unexplained"


def test_the_secret_of_a_sandbox_is_known() -> None:
    body = feed_body()
    headers = ((b"X-Hub-Signature-256", sign(body, made_up_secret(SANDBOX).reveal()).encode()),)
    capture = make_capture(body, signature=INVALID)
    spoilt = replace(capture, request=replace(capture.request, headers=headers, body=body + b"\n"))
    run = Run(app_id=SANDBOX, objects=("page",), targets=(), started_at=WHEN)
    finding = explain_capture_signature(spoilt, secrets={}, run=run, original=None)
    assert finding
    assert finding.id == "signature.newline-added"


def test_a_sandbox_whose_secret_is_also_the_app_s_has_one() -> None:
    run = Run(app_id=SANDBOX, objects=("page",), targets=(), started_at=WHEN)
    secrets = {"the app secret": made_up_secret(SANDBOX).reveal()}
    finding = explain_capture_signature(make_capture(signature=INVALID), secrets=secrets, run=run, original=None)
    assert finding
    assert "the known app secret" in finding.what
