import gzip
import json
import zlib

import pytest

from hookscope.meta import wire
from hookscope.meta.signature import SignatureVerdict, judge, sign, sign_headers

SECRET = "0123456789abcdef0123456789abcdef"
BODY = (
    rb'{"object":"page","entry":[{"id":"0","time":1508962606,"changes":[{"field":"feed","value":{"item":"status",'
    rb'"verb":"add","message":"\u00e4\u00f6\u00e5 \ud83d\ude00 \u003C3 50\u0025 a\u0040b https:\/\/x.y"}}]}]}'
)
SHA1 = b"sha1=0e0ffe4e3c9c6cd37c041d4c4cafbc77e9164578"
SHA256 = b"sha256=811a43b97ab9add530335fb863bcafa448d2d028aaa07f56e1e610e068805807"


def headers(*pairs: tuple[str, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value) for name, value in pairs)


def test_the_golden_vector_is_signed_as_meta_signs_it() -> None:
    assert len(BODY) == 208
    assert sign_headers(BODY, SECRET) == (
        ("X-Hub-Signature", SHA1.decode()),
        ("X-Hub-Signature-256", SHA256.decode()),
    )


def test_the_same_json_written_otherwise_has_other_signatures() -> None:
    value = json.loads(BODY)
    as_utf8 = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert sign(as_utf8, SECRET) == "sha256=ca6f0fca7a39bd88df6ed39d6f829fc582c949c940a1c65abbdc4d48bd06321c"
    assert sign(json.dumps(value).encode(), SECRET) == (
        "sha256=21beed64f48a260e22dd072e0cfed168911387d7ac5285d2307ec30964bd45ac"
    )


@pytest.mark.parametrize("name", ["X-Hub-Signature-256", "x-hub-signature-256", "X-HUB-SIGNATURE-256"])
def test_a_right_sha256_is_valid_whatever_the_case_of_its_name(name: str) -> None:
    found = judge(headers((name, SHA256)), BODY, [SECRET])
    assert (found.verdict, found.algorithm, found.reason) == (SignatureVerdict.VALID, "sha256", None)


def test_sha1_counts_when_it_stands_alone() -> None:
    found = judge(headers(("X-Hub-Signature", SHA1)), BODY, [SECRET])
    assert (found.verdict, found.algorithm) == (SignatureVerdict.VALID, "sha1")


def test_a_right_sha1_does_not_outweigh_a_wrong_sha256() -> None:
    both = headers(("X-Hub-Signature", SHA1), ("X-Hub-Signature-256", b"sha256=" + b"0" * 64))
    found = judge(both, BODY, [SECRET])
    assert found.verdict is SignatureVerdict.INVALID
    assert "altered on the way" in (found.reason or "")


def test_any_known_secret_will_do() -> None:
    assert judge(headers(("X-Hub-Signature-256", SHA256)), BODY, ["old", SECRET]).verdict is SignatureVerdict.VALID


def test_without_a_secret_nothing_can_be_checked() -> None:
    assert judge(headers(("X-Hub-Signature-256", SHA256)), BODY, []).verdict is SignatureVerdict.UNCHECKED


def test_no_header_is_missing_not_invalid() -> None:
    assert judge((), BODY, [SECRET]).verdict is SignatureVerdict.MISSING


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (SHA256.removeprefix(b"sha256="), "does not begin with"),
        (b"sha256=abc", "not a hex sha256 digest"),
        (b"sha256=" + SHA256[7:].upper(), "lowercase"),
        (sign(BODY, "another").encode(), "another app's secret"),
        (b"sha256=\xff" + b"0" * 63, "another app's secret"),
        (b"", "does not begin with"),
    ],
)
def test_a_wrong_signature_is_explained(value: bytes, told: str) -> None:
    found = judge(headers(("X-Hub-Signature-256", value)), BODY, [SECRET])
    assert found.verdict is SignatureVerdict.INVALID
    assert told in (found.reason or "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (json.dumps(json.loads(BODY)).encode(), "parsed and serialized again"),
        (
            json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode(),
            "parsed and serialized again",
        ),
        (BODY + b"\n", "a newline was added"),
    ],
)
def test_a_body_changed_on_the_way_is_recognized(body: bytes, told: str) -> None:
    found = judge(headers(("X-Hub-Signature-256", SHA256)), body, [SECRET])
    assert found.verdict is SignatureVerdict.INVALID
    assert told in (found.reason or "")


def test_only_a_body_that_fits_when_it_is_unpacked_was_compressed_on_the_way() -> None:
    for body, told in ((BODY, "compressed on the way"), (BODY + b" ", "another app's secret")):
        sent = headers(("X-Hub-Signature-256", SHA256), ("Content-Encoding", b"gzip"))
        assert told in (judge(sent, gzip.compress(body), [SECRET]).reason or "")


def test_a_sender_cannot_have_a_large_body_taken_apart() -> None:
    padding = b"\0\0\0\xff\xff" * (1 << 18)  # Blocks of deflate without content.
    compressor = zlib.compressobj(wbits=-15)
    packed = padding + compressor.compress(BODY) + compressor.flush()
    sent = headers(("X-Hub-Signature-256", SHA256), ("Content-Encoding", b"deflate"))
    assert "compressed on the way" in (judge(sent, packed[len(padding) :], [SECRET]).reason or "")
    assert "another app's secret" in (judge(sent, packed, [SECRET]).reason or "")
    large = json.dumps({"object": "x" * (1 << 20)})
    signed = headers(("X-Hub-Signature-256", sign(large.replace(" ", "").encode(), SECRET).encode()))
    assert "another app's secret" in (judge(signed, large.encode(), [SECRET]).reason or "")


def test_a_header_of_another_name_is_no_second_signature() -> None:
    other = ("X-Hub-Signature-512", b"sha256=" + b"0" * 64)
    assert judge(headers(("X-Hub-Signature-256", SHA256), other), BODY, [SECRET]).verdict is SignatureVerdict.VALID


def test_two_different_signatures_are_refused_even_if_one_is_right() -> None:
    twice = headers(("X-Hub-Signature-256", SHA256), ("X-Hub-Signature-256", b"sha256=" + b"0" * 64))
    assert judge(twice, BODY, [SECRET]).verdict is SignatureVerdict.INVALID


def test_no_reason_tells_the_right_signature() -> None:
    for value in (b"sha256=" + b"0" * 64, b"nonsense", sign(BODY, "another").encode()):
        reason = judge(headers(("X-Hub-Signature-256", value)), BODY, [SECRET]).reason or ""
        assert SHA256[7:].decode() not in reason
        assert SECRET not in reason


@pytest.mark.parametrize("body", [b"[" * 900 + b"]" * 900, b'{"n":1e400}'])
def test_a_body_that_cannot_be_written_anew_is_only_invalid(body: bytes) -> None:
    judged = judge(headers(("X-Hub-Signature-256", b"sha256=" + b"0" * 64)), body, [SECRET])
    assert judged.verdict is SignatureVerdict.INVALID


def test_the_wire_encoder_gives_metas_bytes_back() -> None:
    assert wire.encode(json.loads(BODY)) == BODY
