"""Each corruption of a signed notification gets exactly its own finding."""

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.signature import explain_signature
from hookscope.meta import wire
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, sign

SECRET = "0123456789abcdef0123456789abcdef"
INSTAGRAM = "fedcba9876543210fedcba9876543210"
SECRETS = {"the app secret": SECRET, "extra secret 1": INSTAGRAM}
VALUE = {
    "object": "page",
    "entry": [
        {
            "id": "0",
            "time": 1508962606,
            "changes": [{"field": "feed", "value": {"item": "status", "message": "äöå 😀 <3 50% a@b https://x.y"}}],
        }
    ],
}
BODY = wire.encode(VALUE)
PLAIN = wire.encode({"object": "page", "entry": [{"id": "0", "time": 1, "changes": [{"field": "x", "value": 1}]}]})
SHA256, SHA1 = sign(BODY, SECRET), sign(BODY, SECRET, "sha1")
DIGEST = SHA256.removeprefix("sha256=")

Headers = dict[str, str]


def explain(headers: Headers, body: bytes, **options: Any) -> Finding:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    finding = explain_signature(raw, body, SECRETS, **options)
    told = json.dumps(finding.as_json())
    for secret in (*SECRETS.values(), DIGEST, SHA1.removeprefix("sha1="), sign(body, SECRET)[7:]):
        assert secret not in told
        assert secret[:16] not in told
    return finding


def dumped(value: Any = VALUE, **options: Any) -> bytes:
    return json.dumps(value, **{"separators": (",", ":"), **options}).encode()


def unescape(*escapes: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        for escaped, char in escapes:
            assert escaped in body
            body = body.replace(escaped, char)
        return body

    return change


def unicode_unescaped(body: bytes) -> bytes:
    return unescape(
        (b"\\u00e4", "ä".encode()),
        (b"\\u00f6", "ö".encode()),
        (b"\\u00e5", "å".encode()),
        (b"\\ud83d\\ude00", "😀".encode()),
    )(body)


HEADERS: dict[str, Headers] = {
    "missing": {},
    "renamed": {"X-Hub-Sig": SHA256},
    "no-prefix": {SHA256_HEADER: DIGEST},
    "upper-case": {SHA256_HEADER: SHA256.upper()},
    "quoted": {SHA256_HEADER: f'"{SHA256}"'},
    "blanks": {SHA256_HEADER: f"sha256= {DIGEST}"},
    "base64": {SHA256_HEADER: f"sha256={base64.b64encode(bytes.fromhex(DIGEST)).decode()}"},
    "rewritten": {SHA256_HEADER: f"'SHA-256: {DIGEST.upper()}'"},
    "header-cut": {SHA256_HEADER: SHA256[:50]},
    "repeated": {SHA256_HEADER: f"{SHA256}, {SHA256}"},
    "sha1-in-sha256": {SHA256_HEADER: SHA1},
    "sha256-replaced": {SHA256_HEADER: f"sha256={'0' * 64}", SHA1_HEADER: SHA1},
    "sha1-only": {SHA1_HEADER: SHA1},
    "other-secret": {SHA256_HEADER: sign(BODY, INSTAGRAM)},
    "unexplained": {SHA256_HEADER: sign(BODY, "another app's secret")},
    "valid": {SHA256_HEADER: SHA256, SHA1_HEADER: SHA1},
}

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "newline-added": lambda body: body + b"\n",
    "bom-added": lambda body: b"\xef\xbb\xbf" + body,
    "padded": lambda body: body + b"\0\0\0",
    "appended": lambda body: body + b"--boundary",
    "compressed": gzip.compress,
    "chunked": lambda body: b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
    "url-encoded": lambda body: quote_plus(body).encode(),
    "truncated": lambda body: body[:-40],
    "body-lost": lambda _: b"",
    "reserialized.unicode": unicode_unescaped,
    "reserialized.slashes": unescape((b"\\/", b"/")),
    "reserialized.escapes": unescape((b"\\u0025", b"%"), (b"\\u0040", b"@"), (b"\\u003C", b"<")),
    "reserialized.hex-case": unescape((b"\\u00e4", b"\\u00E4")),
    "reserialized.separators": unescape((b'":', b'": ')),
    "reserialized.indent": lambda body: body.replace(b"{", b"{\n\t").replace(b"}", b"\n}"),
    "reserialized.key-order": lambda _: wire.encode({"entry": VALUE["entry"], "object": "page"}),
    "reserialized.double-encoded": lambda body: json.dumps(body.decode()).encode(),
    "reserialized": lambda _: dumped(ensure_ascii=False),
    "unexplained": lambda body: body.replace(b"status", b"photos"),
    "not-metas-form": lambda _: dumped({**VALUE, "more": 1}, indent=2),
}


@pytest.mark.parametrize("fault", HEADERS)
def test_a_header_gets_its_own_finding(fault: str) -> None:
    finding = explain(HEADERS[fault], BODY)
    assert finding.id == f"signature.{fault}"
    warnings, fine = {"sha1-only", "other-secret"}, {"valid"}
    assert finding.state is (State.WARNING if fault in warnings else State.OK if fault in fine else State.FAILED)
    assert (finding.next_step is None) is (fault in fine)


@pytest.mark.parametrize("fault", BODIES)
def test_a_changed_body_gets_its_own_finding(fault: str) -> None:
    for headers in ({SHA256_HEADER: SHA256, SHA1_HEADER: SHA1}, {SHA1_HEADER: SHA1}):
        finding = explain(headers, BODIES[fault](BODY))
        assert (finding.id, finding.state) == (f"signature.{fault}", State.FAILED)
        assert finding.why
        assert finding.next_step


@pytest.mark.parametrize(
    ("fault", "signed", "arrived"),
    [
        ("newline-lost", PLAIN + b"\n", PLAIN),
        ("bom-lost", b"\xef\xbb\xbf" + PLAIN, PLAIN),
        ("line-ends", b'{"a":\n1}', b'{"a":\r\n1}'),
        ("transcoded", '{"a":"é"}'.encode("latin-1"), '{"a":"é"}'.encode()),
        ("reserialized.ascii", dumped(ensure_ascii=False), dumped()),
        ("reserialized.separators", json.dumps(VALUE).encode(), dumped()),
    ],
)
def test_a_body_in_another_form_when_it_was_signed_is_recognized(fault: str, signed: bytes, arrived: bytes) -> None:
    assert explain({SHA256_HEADER: sign(signed, SECRET)}, arrived).id == f"signature.{fault}"


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(BODY, mtime=0)), ("deflate", zlib.compress(BODY))],
)
def test_a_body_signed_compressed_and_unpacked_on_the_way_is_recognized(coding: str, packed: bytes) -> None:
    headers = {SHA256_HEADER: sign(packed, SECRET), "Content-Encoding": coding}
    assert explain(headers, BODY).id == "signature.decompressed"


def test_an_encoding_that_cannot_be_unpacked_is_named() -> None:
    finding = explain({SHA256_HEADER: SHA256, "Content-Encoding": "br"}, b"\x0b\x02\x80hello")
    assert (finding.id, "br" in (finding.why or "")) == ("signature.packed", True)


def test_a_body_shorter_than_announced_is_cut_off() -> None:
    headers = {SHA256_HEADER: SHA256, "Content-Length": str(len(BODY))}
    assert explain(headers, b"just text").id == "signature.truncated"


def test_an_edit_is_proven_by_the_capture_that_it_was_made_from() -> None:
    edited = BODY.replace(b"status", b"photos")
    assert explain({SHA256_HEADER: SHA256}, edited, original=BODY).id == "signature.edited"
    assert explain({SHA256_HEADER: sign(BODY, "x")}, edited, original=BODY).id == "signature.unexplained"


def test_what_another_secret_signed_and_something_changed_names_both() -> None:
    for headers, body in (
        ({SHA256_HEADER: sign(BODY, INSTAGRAM)}, BODY + b"\n"),
        ({SHA256_HEADER: sign(BODY, INSTAGRAM).upper()}, BODY),
    ):
        assert "it was made with extra secret 1" in (explain(headers, body).why or "")


def test_without_a_secret_the_reason_cannot_be_known() -> None:
    finding = explain_signature([], BODY, {})
    assert (finding.id, finding.state) == ("signature.unchecked", State.UNKNOWN)


@pytest.mark.parametrize(
    "body",
    [
        random.Random(1).randbytes(1 << 12),
        b"[" * 100_000,
        b'{"n":1e400}',
        b'{"a":"\\ud800"}',
        b'{"entry":[1,{"changes":[2,null]},"x"],"object":{}}',
        b'{"entry":[{"changes":[]}]}' * 3,
        b"{" * 10 + b'"a":"',
        b"%7B%ff",
        b"ffffffff\r\n",
        b'"\\ud800"',
        b"null",
    ],
)
def test_no_hostile_body_raises(body: bytes) -> None:
    for value in (SHA256, "", "=", "sha256=", "sha256=" + "é" * 64, '"', "x" * 5000, ",,,"):
        assert explain({SHA256_HEADER: value}, body).failed


def test_a_large_body_is_compared_at_its_ends() -> None:
    body = b'{"a":"' + b"x" * (5 << 20) + b'"}'
    headers = {SHA256_HEADER: sign(body, SECRET)}
    assert explain(headers, body + b"\n").id == "signature.newline-added"
    assert explain(headers, body.replace(b":", b": ")).failed
