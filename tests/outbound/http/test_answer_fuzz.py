"""Whatever an application answers, and however it is cut: read alike, or no HTTP."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.outbound.http.answer_parser import Answer, AnswerParser, NotHttpError
from tests.support.examples import examples
from tests.support.hostile_bytes import pieces, spoilt

ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nOK\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nX: b\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /\xc3\xa4\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nrest",
    b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\nConnection: close\r\n\r\ncut off",
    b"SSH-2.0-OpenSSH_9.9\r\n",
)


def read_answer(parts: Sequence[bytes], bodiless: bool) -> tuple[Answer | None, bool] | None:
    """Return the answer that comes in these parts, and whether the connection stays open; None if it is no HTTP."""
    parser = AnswerParser()
    parser.start(bodiless=bodiless)
    try:
        for part in parts:
            if parser.answer is None:
                parser.feed(memoryview(part))
    except NotHttpError:
        return None
    parser.end()
    return parser.answer, parser.may_stay_open


@given(st.data(), st.booleans())
@pytest.mark.timeout(1800)
@examples(500)
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(data: st.DataObject, bodiless: bool) -> None:
    sent = data.draw(spoilt(ANSWERS))
    assert read_answer(data.draw(pieces(sent)), bodiless) == read_answer([sent], bodiless)
