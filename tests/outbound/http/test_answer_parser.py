"""The parser of answers: whole, in pieces, cut off, too many, and none at all."""

import gzip
import zlib

import pytest

from hookscope.outbound.http.answer_parser import Answer, AnswerParser, NotHttpError

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain \r\nContent-Length: 2\r\n\r\nOK"


def parsed(*pieces: bytes, bodiless: bool = False, closed: bool = False) -> AnswerParser:
    parser = AnswerParser()
    parser.start(bodiless=bodiless)
    for piece in pieces:
        parser.feed(memoryview(piece))
    if closed:
        parser.end()
    return parser


def answer_of(parser: AnswerParser) -> Answer:
    assert parser.answer is not None
    return parser.answer


@pytest.mark.parametrize("size", [1, 2, 3, 7, 200])
def test_an_answer_may_come_in_pieces_of_any_size(size: int) -> None:
    pieces = [OK[start : start + size] for start in range(0, len(OK), size)]
    parser = parsed(*pieces)
    assert parser.answer == Answer(
        status=200,
        headers=((b"Content-Type", b"text/plain"), (b"Content-Length", b"2")),
        content_type="text/plain",
        location="",
        body=b"OK",
    )
    assert parser.may_stay_open


def test_one_answer_follows_another() -> None:
    parser = parsed(OK)
    parser.start(bodiless=False)
    parser.feed(memoryview(b"HTTP/1.1 204 No Content\r\n\r\n"))
    answer = answer_of(parser)
    assert (answer.status, answer.headers, answer.body, parser.may_stay_open) == (204, (), b"", True)


@pytest.mark.parametrize("after", [OK, b"x", b"HTTP/1.1 "])
def test_what_follows_an_answer_unasked_closes_the_connection(after: bytes) -> None:
    parser = parsed(OK + after)
    assert (answer_of(parser).body, parser.may_stay_open) == (b"OK", False)


@pytest.mark.parametrize(
    ("head", "stays"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", False),
    ],
)
def test_an_application_decides_whether_its_connection_stays_open(head: bytes, stays: bool) -> None:
    assert parsed(head).answer is not None
    assert parsed(head).may_stay_open is stays


def test_interim_answers_are_none() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    assert parsed(interim).answer is None
    assert parsed(interim + interim + OK).answer == parsed(OK).answer


def test_an_answer_to_head_ends_with_its_headers() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", bodiless=True)
    assert (answer_of(parser).body, parser.may_stay_open) == (b"", False)


def test_trailing_fields_are_no_headers() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\nDigest: x\r\n\r\n"
    answer = answer_of(parsed(chunked))
    assert (answer.headers, answer.body) == (((b"Transfer-Encoding", b"chunked"),), b"OK")


@pytest.mark.parametrize(
    ("head", "body", "flaw"),
    [
        (b"Content-Length: 1099", b"so far", "its answer was cut off: 6 of 1099 bytes of the body came"),
        (
            b"Transfer-Encoding: Chunked",
            b"6\r\nso far\r\n4\r\n",
            "its answer was cut off after 6 bytes of the body: the last chunk is missing",
        ),
        (
            b"Transfer-Encoding: chunked",
            b"6\r\nso far\r\nno number",
            "the body of its answer is not HTTP: Invalid character in chunk size",
        ),
        (b"Connection: close", b"so far", None),
    ],
)
def test_what_came_of_an_answer_is_kept_and_what_is_missing_is_said(head: bytes, body: bytes, flaw: str | None) -> None:
    parser = parsed(b"HTTP/1.1 500 Oh\r\n" + head + b"\r\n\r\n" + body, closed=True)
    answer = answer_of(parser)
    assert (answer.status, answer.body, answer.flaw, parser.may_stay_open) == (500, b"so far", flaw, False)


@pytest.mark.parametrize("head", [b"204 X\r\nContent-Length: 9", b"304 X\r\nContent-Length: 9"])
def test_an_answer_that_has_no_body_lacks_none(head: bytes) -> None:
    assert answer_of(parsed(b"HTTP/1.1 " + head + b"\r\n\r\n", closed=True)).flaw is None
    assert answer_of(parsed(b"HTTP/1.1 " + head + b"\r\n\r\n", bodiless=True, closed=True)).flaw is None


@pytest.mark.parametrize(
    ("coding", "body", "content"),
    [
        (b"gzip", gzip.compress(b"1158201444", mtime=0), b"1158201444"),
        (b"deflate", zlib.compress(b"1158201444"), b"1158201444"),
        (b"gzip", gzip.compress(b"x" * 100_000, mtime=0), b"x" * (64 << 10)),
        (b"identity", b"1158201444", b"1158201444"),
        (b"gzip", b"not packed", b"not packed"),
        (b"br", b"\x0b\x04\x80", b"\x0b\x04\x80"),
    ],
)
def test_the_content_of_an_answer_is_unpacked(coding: bytes, body: bytes, content: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body))
    answer = answer_of(parsed(head + body))
    assert (answer.body, answer.content) == (body, content)


def test_no_more_than_64_kib_of_a_body_is_waited_for() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (64 << 10))
    assert (len(answer_of(parser).body), parser.may_stay_open) == (64 << 10, False)
    parser = parsed(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x" * (64 << 10), closed=True)
    assert answer_of(parser).flaw is None


def test_the_first_of_several_headers_counts() -> None:
    twice = b"HTTP/1.1 302 X\r\nLocation: /first\r\nLocation: /second\r\nContent-Length: 0\r\n\r\n"
    assert answer_of(parsed(twice)).location == "/first"


@pytest.mark.parametrize(
    "text", [b"SSH-2.0-OpenSSH_9.9\r\n", b"\x16\x03\x01", b"HTTP/1.1 two\r\n\r\n", b"GET / HTTP/1.1\r\n"]
)
def test_what_is_no_http_is_refused(text: bytes) -> None:
    with pytest.raises(NotHttpError, match=r"\w"):
        parsed(text)


def test_a_header_may_be_empty() -> None:
    parser = parsed(b"HTTP/1.1 204 X\r\nX-Empty:\r\nX-After: y\r\n\r\n")
    assert answer_of(parser).headers == ((b"X-Empty", b""), (b"X-After", b"y"))


def test_headers_without_an_end_are_refused() -> None:
    with pytest.raises(NotHttpError, match="128 KiB"):
        parsed(b"HTTP/1.1 200 OK\r\n", *([b"X: " + b"x" * 4000 + b"\r\n"] * 40))
