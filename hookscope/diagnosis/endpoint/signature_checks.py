"""Checks of signature enforcement. Source: Meta's guide "Webhooks: Get started", "Validating payloads"."""

import json

from msgspec.structs import replace

from hookscope.diagnosis.endpoint.check import (
    REPEATS,
    EndpointCheck,
    Need,
    Subject,
    Verdict,
    failed,
    passed,
    unknown,
    warned,
)
from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.diagnosis.endpoint.notifications import ESCAPED, signature_of, with_headers, with_lower_case_names
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, sign, sign_headers
from hookscope.model.record import Request

_VALID, _INVALID = "signature.valid", "signature.invalid"
_FORGED = "anybody who finds the URL can send your app events that Meta never sent"
_RAW = "compute the HMAC over the raw bytes of the body, before a parser touches them (express.raw, request.get_data())"
_VERIFY = (
    "compute the HMAC-SHA256 of the raw body with the app secret, compare it to X-Hub-Signature-256 in constant time, "
    "and answer 401 or 403 unless they are equal"
)


async def _check_valid(subject: Subject) -> Verdict:
    found = await subject.client.post(subject.notifications.request())
    if found.is_accepted:
        return passed("a valid signature is accepted")
    if found.is_refused:
        next_step = (
            "compare the app secret; compute the HMAC of the raw body; exempt the path from CSRF protection and filters"
        )
        return failed(f"a valid signature is refused: {found.summary}", REPEATS, next_step)
    return unknown(
        f"a valid signature: {found.summary}", "the answer is not about the signature; see notification.accepted"
    )


async def _check_invalid(subject: Subject) -> Verdict:
    request = subject.notifications.request()
    digest = signature_of(request).removeprefix("sha256=")
    wrong = digest.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    forged = (
        ("a wrong signature", f"sha256={wrong}"),
        ("a truncated signature", f"sha256={digest[:20]}"),
        ("an empty signature", "sha256="),
    )
    for case, value in forged:
        found = await subject.client.post(with_headers(request, {SHA256_HEADER: value, SHA1_HEADER: None}))
        if verdict := _judge_refusal(found, case):
            return verdict
    return passed("wrong signatures are refused")


async def _check_missing(subject: Subject) -> Verdict:
    request = with_headers(subject.notifications.request(), {SHA256_HEADER: None, SHA1_HEADER: None})
    return _judge_refusal(await subject.client.post(request), "no signature") or passed("unsigned ones are refused")


async def _check_sha1(subject: Subject) -> Verdict:
    request = subject.notifications.request()
    wrong = f"sha1={sign(request.body, 'another secret', 'sha1')[5:]}"
    found = await subject.client.post(with_headers(request, {SHA256_HEADER: None, SHA1_HEADER: wrong}))
    if verdict := _judge_refusal(found, "a wrong sha1 signature alone"):
        return verdict
    found = await subject.client.post(with_headers(request, {SHA256_HEADER: None}))
    if found.is_accepted:
        return passed("only a right sha1 signature is accepted")
    if found.is_refused or (found.status is not None and found.status < 500):
        return passed("sha1 alone is refused")
    return warned(f"a right sha1 signature alone: {found.summary}", "it is refused by an error", "answer 401 or 403")


async def _check_empty_secret(subject: Subject) -> Verdict:
    request = subject.notifications.request()
    headers = dict(sign_headers(request.body, ""))
    found = await subject.client.post(with_headers(request, {**headers}))
    refused = _judge_refusal(found, "a signature made with an empty secret")
    return refused or passed("one made with an empty secret is refused")


async def _check_escaped(subject: Subject) -> Verdict:
    found = await subject.client.post(subject.notifications.request(subject.notifications.with_text(ESCAPED)))
    if found.is_accepted:
        return passed("escaped characters are accepted")
    if found.is_refused:
        return failed(f"a valid signature over escaped characters is refused: {found.summary}", REPEATS, _RAW)
    return failed(f"escaped characters: {found.summary}", REPEATS, "see your app's log")


async def _check_reserialized(subject: Subject) -> Verdict:
    request = subject.notifications.request(subject.notifications.with_text(ESCAPED))
    value = json.loads(request.body)
    for case, body in (
        ("unescaped", json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()),
        ("with spaces", json.dumps(value).encode()),
    ):
        found = await subject.client.post(_with_body(request, body))
        if found.is_accepted:
            why = "the signature is checked against a rewritten body: bodies that Meta escapes differently are refused"
            return failed(f"the same JSON written differently ({case}) is accepted", why, _RAW)
    return passed("the same JSON, rewritten, is refused")


async def _check_header_case(subject: Subject) -> Verdict:
    found = await subject.client.post(with_lower_case_names(subject.notifications.request()))
    if found.is_accepted:
        return passed("lowercase header names are understood")
    why = "proxies and HTTP/2 write names in lowercase; the notification is refused and sent again"
    return failed(f"lowercase header names: {found.summary}", why, "look headers up case-insensitively")


def _judge_refusal(found: RoundTrip, case: str) -> Verdict | None:
    """Return the verdict on a notification that must be refused, or None when it is."""
    if found.is_accepted:
        return failed(f"{case}: accepted with {found.status}", _FORGED, _VERIFY)
    if found.status is None or found.status >= 500:
        why = "it is refused by an error, which fills logs and alarms; Node's timingSafeEqual, for one, throws"
        return warned(f"{case}: {found.summary}", why, "compare the lengths first, and answer 401 or 403")
    return None


def _with_body(request: Request, body: bytes) -> Request:
    """Return the request with another body under its old signature."""
    return replace(with_headers(request, {"Content-Length": str(len(body))}), body=body)


SIGNATURE_CHECKS = (
    EndpointCheck(id=_VALID, title="A valid signature is accepted", run=_check_valid, needs=(Need.SECRET,)),
    *(
        EndpointCheck(id=f"signature.{name}", title=title, run=run, needs=(Need.SECRET,), after=(_VALID, *after))
        for name, title, run, after in (
            ("invalid", "A wrong signature is refused", _check_invalid, ()),
            ("missing", "An unsigned notification is refused", _check_missing, ()),
            ("sha1", "sha1 alone is no way around", _check_sha1, (_INVALID,)),
            ("empty-secret", "A signature with an empty secret is refused", _check_empty_secret, (_INVALID,)),
            ("escaped", "Escaped characters are accepted", _check_escaped, ()),
            ("reserialized", "The same JSON written differently is refused", _check_reserialized, (_INVALID,)),
            ("header-case", "Lowercase header names are understood", _check_header_case, ()),
        )
    ),
)
