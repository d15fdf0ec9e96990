"""What must hold for any bytes, one function for each place where bytes come from strangers, with bytes to start from.

A function returns nothing; what fails in it, or takes long, is a fault of hookscope.
"""

import hmac
import io
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

from msgspec import Struct

from hookscope import filter as filters
from hookscope.diagnosis.lint import lint
from hookscope.diagnosis.signature import explain_signature
from hookscope.errors import UsageError
from hookscope.filter.evaluator import matching_events
from hookscope.formats.exporters.registry import export
from hookscope.formats.importers.detect import read_captures
from hookscope.formats.importers.json_stream import JsonReader
from hookscope.formats.packed_items import lines_of, pack
from hookscope.journal import packed_headers
from hookscope.journal.codec import capture_values
from hookscope.meta import signature, wire
from hookscope.meta.overrides import assign, parse_assignment
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Request
from hookscope.model.run_events import Captured
from hookscope.model.search_tokens import tokens
from hookscope.model.timestamps import now
from hookscope.receiver.parser_refusals import Refusal
from hookscope.receiver.policy import Policy, judge, query_parameters
from hookscope.receiver.whole_requests import WholeRequestParser
from hookscope.samples.catalog import all_samples
from hookscope.samples.fixture import read_fixture
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.recipe import validate
from hookscope.settings import Output
from hookscope.views.sanitize import sanitize
from tests.formats.importers.test_importers import har, ngrok
from tests.outbound.http.test_answer_fuzz import ANSWERS, read_answer
from tests.receiver.test_connections import request
from tests.receiver.test_server import PATH, TOKEN
from tests.receiver.test_whole_requests import assert_read_alike
from tests.support.captures import SECRET, batch_body, feed_body, make_capture, make_handshake

_FILTERS = (
    'object:page (field:feed or not "a b") since:1h',
    "app:5* is:duplicate #3 @12",
    "sender:4670* $.entry[0].id:9 marked:yes",
)


class Target(Struct, frozen=True):
    """A place where bytes come in: `check` fails for those that break it; `seeds` are right, or nearly so."""

    check: Callable[[bytes], None]
    seeds: Sequence[bytes]


def check_request(data: bytes) -> None:
    """A request that is taken whole is read as aiohttp reads it; one that is refused can be kept."""
    if taken := WholeRequestParser([PATH]).parse(data):
        assert_read_alike(data, taken)
    _check_kept(Refusal(head=data, peer="127.0.0.1", status=400, reason="no HTTP").request())


def check_answer(data: bytes) -> None:
    """An application's answer is read alike however it is cut; the first bytes say where."""
    cuts, sent = data[:4], data[4:]
    places = sorted({0, len(sent), *(place * len(sent) >> 8 for place in cuts)})
    for bodiless in (False, True):
        assert read_answer([sent[a:b] for a, b in pairwise(places)], bodiless) == read_answer([sent], bodiless)


def check_notification(data: bytes) -> None:
    """Any body has a line in each form of output, without a character that a terminal obeys, and can be searched."""
    capture = make_capture(data, id=1)
    capture.identify()
    tokens(capture)
    lint(data)
    for mode in (Output.JSON, Output.PLAIN):
        lines = list(lines_of(pack([Captured(capture=capture)], mode), mode))
        for line in lines:
            assert sanitize(line) == line
        if mode is Output.JSON:
            [shown] = map(json.loads, lines)
            assert len(shown["events"]) == len(capture.events)


def check_signature(data: bytes) -> None:
    """A signature counts if it is the right one, and no explanation says what would have been right."""
    line, _, body = data.partition(b"\n")
    headers = ((b"X-Hub-Signature-256", line), *_OTHER_HEADERS)
    right = f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
    judged = signature.judge(headers, body, [SECRET])
    assert (judged.verdict is SignatureVerdict.VALID) == (line.strip() == right.encode())
    found = explain_signature(headers, body, {"app secret": SECRET})
    told = " ".join(map(str, (judged.reason, found.what, found.why, found.next_step)))
    assert SECRET not in told
    assert right.partition("=")[2] not in told
    assert sanitize(told) == told


def check_handshake(data: bytes) -> None:
    """A challenge is answered if the token is the right one, and the reason does not tell that."""
    query = data.decode("latin-1")
    decision = judge(Request(method="GET", target=f"{PATH}?{query}", headers=(), body=b"", remote=""), _POLICY)
    assert decision.handshake
    given = dict(reversed(query_parameters(query)))
    is_right = (given.get("hub.mode"), given.get("hub.verify_token")) == ("subscribe", TOKEN)
    if is_right and given.get("hub.challenge"):
        assert decision.reply.status == 200
    else:
        assert decision.reply.status == 403
        assert TOKEN not in f"{decision.reply.body!r} {decision.handshake.reason}"


def check_fixture(data: bytes) -> None:
    """A fixture is refused with a reason, or can be sent."""
    with suppress(UsageError):
        validate(read_fixture(data))


def check_override(data: bytes) -> None:
    """An override is refused with a reason, or sets a value that can be sent."""
    with suppress(ValueError):
        wire.encode(assign(_PAYLOAD, parse_assignment(data.decode("utf-8", "surrogateescape"))))


def check_json(data: bytes) -> None:
    """What can be read as JSON is the same after it is written as Meta writes it, and is read as Python reads it."""
    try:
        value = wire.decode(data)
    except ValueError:
        return
    assert json.loads(data) == value
    with suppress(ValueError):  # A number beyond the range of a float.
        assert wire.decode(wire.encode(value)) == value


def check_json_stream(data: bytes) -> None:
    """Values in a row are read alike however the text is cut; the first byte says where."""
    text, size = data[1:].decode("utf-8", "surrogateescape"), 1 + (data[:1] or b"\0")[0] % 32
    assert _values(text, size) == _values(text, max(len(text), 1))


def check_filter(data: bytes) -> None:
    """Any text is a filter that is written as it was read, or an error with its place."""
    text = data.decode("utf-8", "replace")
    try:
        read = filters.parse(text)
    except filters.FilterError as caught:
        error = caught
    else:
        _check_filter(read)
        return
    assert 0 <= error.position <= len(text)


def _check_filter(read: filters.Filter) -> None:
    assert filters.parse(filters.write(read)) == read
    filters.compile_query(read, now())
    for capture in _CAPTURES:
        matching_events(read, capture, now())


def check_import(data: bytes) -> None:
    """Any file is read or refused, wherever it is cut; what is read can be stored."""
    text, size = data[1:].decode("utf-8", "replace"), 16 + (data[:1] or b"\0")[0]
    assert _imported(text, size) == _imported(text, max(len(text), 1))


def check_headers(data: bytes) -> None:
    """Headers are stored and read without a change."""
    lines = [line.partition(b":") for line in data.replace(b"\r", b"").split(b"\n")]
    headers = tuple((name, value) for name, colon, value in lines if name and colon)
    assert packed_headers.unpack(packed_headers.pack(headers)) == headers


def _check_kept(read: Request) -> None:
    capture = make_capture(request=read)
    capture_values(capture, None, None, (), ())
    for mode in (Output.JSON, Output.PLAIN):
        for line in lines_of(pack([Captured(capture=capture)], mode), mode):
            assert sanitize(line) == line


def _values(text: str, size: int) -> tuple[list[object], str]:
    """Return the values at the beginning of a text, and what is wrong with the rest."""
    stream = io.StringIO(text, newline="")
    reader = JsonReader(lambda _: stream.read(size))
    found = []
    try:
        while reader.peek():
            found.append(reader.value())
    except ValueError as error:
        return found, str(error)
    return found, ""


def _imported(text: str, size: int) -> tuple[list[Capture], str]:
    stream = io.StringIO(text, newline="")
    found = []
    try:
        for capture in read_captures(lambda _: stream.read(size), ["a secret"], skip=str):
            capture_values(capture, capture.reply.elapsed_ms, capture.duplicate_of, capture.originals)
            found.append(capture)
    except UsageError as error:
        return found, str(error)
    return found, ""


_PAYLOAD = json.loads(feed_body())
_POLICY = Policy(paths=frozenset([PATH]), verify_token=TOKEN, secrets=(SECRET,))
_OTHER_HEADERS = ((b"Content-Type", b"application/json"), (b"User-Agent", b"facebookexternalua"))
_CAPTURES = (make_capture(id=1), make_capture(b"{", id=2), make_capture(batch_body(), id=3), make_handshake(id=4))
_BODIES = tuple(wire.encode(PayloadBuilder(1).payload(sample, Shape())) for sample in all_samples())

TARGETS = {
    "request": Target(check_request, (request(feed_body(), PATH, "X-Forwarded-For: 203.0.113.9"), request(b"", PATH))),
    "answer": Target(check_answer, [b"\x10\x40\x80\xc0" + answer for answer in ANSWERS]),
    "notification": Target(check_notification, _BODIES),
    "signature": Target(
        check_signature,
        [
            f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}\n".encode() + sent
            for body in (feed_body("a/b ä 😀"), b"{}")
            for sent in (body, body + b"\n", json.dumps(json.loads(body)).encode())
        ],
    ),
    "handshake": Target(
        check_handshake,
        [
            f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}".encode(),
            f"hub.verify_token=%20{TOKEN}&hub_mode=subscribe&hub.challenge=".encode(),
        ],
    ),
    "fixture": Target(
        check_fixture,
        [
            b'{"steps": [{"trigger": "page.feed.comment", "name": "a", "set": {"value.message": "hello"}},'
            b' {"pause": 1},'
            b' {"trigger": "page.feed", "count": 2, "add": {"value.x": "${a:entry.0.id}"}, "test": true}]}',
            b'[{"payload": {"object": "page", "entry": []}, "batch": 2, "values": false, "user_ids": true}]',
        ],
    ),
    "override": Target(check_override, [b"value.message=hello", b'$.entry[0].changes[0].value.from={"id": 1}']),
    "json": Target(check_json, _BODIES),
    "json-stream": Target(check_json_stream, [b"\x07" + body + b"\n" + body for body in _BODIES[:8]]),
    "filter": Target(check_filter, [text.encode() for text in _FILTERS]),
    "import": Target(
        check_import,
        [
            b"\x20" + file
            for file in (
                export([make_capture(b"\xff", id=1), make_capture(id=2)], "ndjson"),
                export([make_handshake(id=1), make_capture(id=2)], "har"),
                json.dumps(har()).encode(),
                json.dumps({"requests": [ngrok(b"{}")]}).encode(),
            )
        ],
    ),
    "headers": Target(check_headers, [request(feed_body()).partition(b"\r\n\r\n")[0]]),
}
