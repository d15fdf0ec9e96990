import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hookscope.errors import UsageError
from hookscope.formats.exporters.registry import export
from hookscope.formats.importers.detect import read_captures
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Source
from tests.support.captures import SECRET, feed_body, make_capture, signed


def loaded(
    content: str | bytes | dict[str, Any], *secrets: str, skip: Callable[[str], object] = pytest.fail
) -> list[Capture]:
    if isinstance(content, dict):
        content = json.dumps(content)
    raw = content.encode() if isinstance(content, str) else content
    return list(
        read_captures(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="").read, secrets, skip=skip)
    )


def wire_message(first: str, headers: dict[str, str], body: bytes) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return base64.b64encode(f"{first}\r\n{lines}\r\n".encode() + body).decode()


def ngrok(body: bytes, **headers: str) -> dict[str, Any]:
    sent = {"Host": "x.ngrok.app", **signed(body), **headers}
    return {
        "uri": "/api/requests/http/1",
        "id": "1",
        "tunnel_name": "command_line",
        "remote_addr": "203.0.113.9:41234",
        "start": "2022-05-01T10:00:00.123456789-07:00",
        "duration": 1234567,
        "request": {"method": "POST", "uri": "/hook", "raw": wire_message("POST /hook?a=b HTTP/1.1", sent, body)},
        "response": {"status_code": 200, "raw": wire_message("HTTP/1.1 200 OK", {"Content-Length": "2"}, b"OK")},
    }


def har(**changes: Any) -> dict[str, Any]:
    body = feed_body("grüße").decode()
    headers = [{"name": name, "value": value} for name, value in signed(body.encode()).items()]
    request = {
        "method": "POST",
        "url": "https://example.com/hook?a=1#top",
        "httpVersion": "h2",
        "headers": [{"name": ":method", "value": "POST"}, *headers],
        "postData": {"mimeType": "application/json", "text": body},
        "bodySize": len(body.encode()),
        **changes,
    }
    entry = {
        "startedDateTime": "2026-11-20T20:33:29.120+01:00",
        "time": 12.5,
        "request": request,
        "response": {"status": 204, "content": {"size": 0}},
    }
    return {"log": {"version": "1.2", "pages": [{"id": "page_1"}], "entries": [entry], "comment": ""}, "_other": [1]}


def test_a_har_of_a_browser_is_judged_by_its_shape() -> None:
    (capture,) = loaded(har(), SECRET)
    assert (capture.kind, capture.source) == (Kind.NOTIFICATION, Source.IMPORT)
    assert capture.signature.verdict is SignatureVerdict.VALID
    assert capture.received_at == datetime(2026, 11, 20, 19, 33, 29, 120000, tzinfo=UTC)
    assert (capture.request.target, capture.request.method) == ("/hook?a=1", "POST")
    assert [name for name, _ in capture.request.headers] == [name.encode() for name in signed(b"")]
    assert (capture.reply.status, capture.reply.elapsed_ms) == (204, 12.5)


def test_a_flat_body_of_threads_is_a_notification_without_a_signature_too() -> None:
    flat = json.dumps({"target_id": "7", "time": 1, "values": {"field": "replies", "value": {"id": "1"}}})
    (capture,) = loaded(har(headers=[], postData={"mimeType": "application/json", "text": flat}, bodySize=len(flat)))
    assert capture.kind is Kind.NOTIFICATION
    assert [(event.object, event.field) for event in capture.events] == [("threads", "replies")]


def test_without_a_secret_a_signature_is_unchecked_and_with_another_one_invalid() -> None:
    assert loaded(har())[0].signature.verdict is SignatureVerdict.UNCHECKED
    assert loaded(har(), "another")[0].signature.verdict is SignatureVerdict.INVALID


def test_a_har_without_a_body_that_was_sent_says_so() -> None:
    (capture,) = loaded(har(postData=None))
    assert capture.request.body == b""
    assert (capture.flaw or "").startswith("the file holds 0 bytes of a body that had ")


def test_a_form_in_a_har_is_its_body() -> None:
    parameters = [{"name": "a b", "value": "ü"}, {"name": "c"}]
    (capture,) = loaded(har(postData={"mimeType": "application/x-www-form-urlencoded", "params": parameters}))
    assert capture.request.body == b"a+b=%C3%BC&c="


@pytest.mark.parametrize(("token", "status", "accepted"), [("t", 200, True), ("t", 403, False)])
def test_a_handshake_in_a_har_is_judged_by_its_answer(token: str, status: int, accepted: bool) -> None:
    url = f"https://example.com/hook?hub.mode=subscribe&hub.challenge=115&hub.verify_token={token}"
    value = har(method="GET", url=url, postData=None, bodySize=0)
    value["log"]["entries"][0]["response"] = {"status": status, "content": {"text": "115"}}
    (capture,) = loaded(value)
    assert capture.kind is Kind.HANDSHAKE
    assert capture.handshake is not None
    assert capture.handshake.accepted is accepted
    value["log"]["entries"][0]["response"] = {"status": 0}
    assert loaded(value)[0].handshake == Handshake(accepted=False, reason="the file does not contain its answer")


def test_requests_that_ngrok_kept_are_read_byte_for_byte() -> None:
    body = feed_body()
    for value in ({"uri": "/api/requests/http", "requests": [ngrok(body)]}, ngrok(body)):
        (capture,) = loaded(value, SECRET)
        assert capture.request.body == body
        assert capture.request.headers[0] == (b"Host", b"x.ngrok.app")
        assert (capture.request.method, capture.request.target) == ("POST", "/hook?a=b")
        assert capture.request.remote == "203.0.113.9"
        assert capture.received_at == datetime(2022, 5, 1, 17, 0, 0, 123456, tzinfo=UTC)
        assert (capture.reply.status, capture.reply.body, capture.reply.elapsed_ms) == (200, b"OK", 1.235)
        assert capture.signature.verdict is SignatureVerdict.VALID


def test_chunks_that_ngrok_kept_are_joined_and_lost_bytes_reported() -> None:
    chunked = ngrok(b"3;x=y\r\n{}\n\r\n2\r\n12\r\n0\r\n\r\n", **{"Transfer-Encoding": "chunked"})
    assert loaded(chunked)[0].request.body == b"{}\n12"
    cut = ngrok(b"{}", **{"Content-Length": "9"})
    assert loaded(cut)[0].flaw == "ngrok did not keep the last 7 bytes of the body"


def test_a_recorded_event_stream_is_read_and_what_is_no_capture_passed_over() -> None:
    line = export([make_capture(id=5)], "ndjson").decode()
    stream = f'\ufeff{{"v": 1, "type": "receiver.listening", "url": "x"}}\r\n\r\n{line}{{"v": 1, "type": "stopped"}}'
    assert [capture.id for capture in loaded(stream)] == [5]
    indented = json.dumps(json.loads(line), indent=2)
    assert [capture.id for capture in loaded(f"{indented}\n{indented}")] == [5, 5]


NDJSON = json.loads(export([make_capture(id=5)], "ndjson"))
HAR = json.loads(export([make_capture(id=5)], "har"))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("v", 2, "version 2, but this hookscope supports version 1"),
        ("kind", "postcard", "'kind' is not one of"),
        ("request", None, "not a capture"),
        ("request.method", "GET /", "'method' is not an HTTP method"),
        ("request.method", None, "'method' is missing"),
        ("request.target", "/\r\nX: y", "a line break in the target"),
        ("request.target", "/\ud800", "an incomplete character in 'target'"),
        ("request.headers", {"a": "b"}, "'headers' is not a list"),
        ("request.headers", [["a"]], "a header is not a pair"),
        ("request.headers", [["a: b", "c"]], "'a: b' is not a header name"),
        ("request.headers", [["A", "b\r\nC: d"]], "a line break in the header A"),
        ("request.body", "\udfff", "an incomplete character in 'body'"),
        ("request.body", 7, "'body' is not a string"),
        ("reply.status", 99999, "'status' is not an HTTP status"),
        ("reply.status", True, "'status' is not a number"),
        ("reply.elapsed_ms", -1, "'elapsed_ms' is not a number"),
        ("reply.elapsed_ms", 10**400, "'elapsed_ms' is not a number"),
        ("signature", None, "'signature' is missing"),
        ("signature.verdict", "perhaps", "'signature' is not one of"),
        ("handshake", {"verdict": "perhaps"}, "neither accepted nor rejected"),
        ("received_at", "yesterday", "'received_at' is not a valid time"),
        ("received_at", "0001-01-01T00:00:00+23:59", "'received_at' is not a valid time"),
        ("received_at", "9999-12-31T23:59:59Z", "'received_at' is not a valid time"),
        ("id", 1 << 70, "'id' is not a capture id"),
        ("duplicate_of", "x", "'duplicate_of' is not a number"),
    ],
)
def test_a_line_that_is_no_capture_is_named(path: str, value: Any, reason: str) -> None:
    wrong = json.loads(json.dumps(NDJSON))
    *way, last = path.split(".")
    holder = wrong
    for step in way:
        holder = holder[step]
    holder[last] = value
    with pytest.raises(UsageError, match=reason) as caught:
        loaded(f"{json.dumps(NDJSON)}\n{json.dumps(wrong)}\n")
    assert "line 2" in caught.value.message
    assert caught.value.done == "nothing was imported"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "line [12]: the file is empty"),
        ("  \n", "line [12]: the file is empty"),
        ("hello", "line 1: the file is not a HAR file"),
        ("[1]", "line 1: the file is not a HAR file"),
        ('{"a": 1}', "line 1: it is not a capture"),
        ('{"v": 1}\n', "line 1: it is not a capture"),
        ('{"v": 1, "type": "gap"}\n17', "line 2: it is not an object"),
        ('{"v": 1, "type": "gap"}\n{"v": 1', "line 2: the file ends too early"),
        ('{"v": 1, "type": "gap"}\n{"v": "', "line 2: the file ends too early"),
        ('{"v": 1, "type": "gap"}\n{"v" 1}', "line 2: it is not JSON"),
        ('{"log"', "line 1: the file ends too early"),
        ('{"log": {"version": "1.2"}}', "line 1: its 'log' has no 'entries'"),
        ('{"log": {"entries": [', r"entry 1 \(line 1\): the file ends too early"),
        ('{"log": {"entries": [17]}}', r"entry 1 \(line 1\): it is not an object"),
        ('{"log": {"entries": [{}]}}', r"entry 1 \(line 1\): 'request' is missing"),
        ('{"log": {"entries": [] ', "line 1: the file ends too early"),
        ('{"log": {"entries": []}} x', "line 1: there is more after the end"),
        ('{"requests": [\n{"request": {"raw": "%"}}]}', r"request 1 \(line 2\): 'raw' is not base64"),
        ('{"requests": [{"request": {"raw": ""}}]}', "'method' is not an HTTP method"),
        ('{"v": NaN}', "NaN is not a JSON number"),
        ('{"v": ' + "9" * 5000 + "}", "not readable JSON"),
        ('{"v": ' + "[" * 200_000, "nested too deeply"),
        ('{"v": ' + "[" * 200_000 + "]" * 200_000 + "}", "nested too deeply"),
        (b'{"v": "\xff"}', "not UTF-8"),
        ("{'v': 1}", "not JSON"),
        ("{1: 2}", "a key is not a string"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(content: str | bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        loaded(content)
    assert caught.value.done == "nothing was imported"


@pytest.mark.parametrize("form", ["har", "ndjson"])
def test_half_a_file_is_never_taken_for_a_whole_one(form: str) -> None:
    whole = export([make_capture(id=1), make_capture(b"\xff", id=2)], form).rstrip()
    ends = {len(export([make_capture(id=1)], form)) - 1, len(export([make_capture(id=1)], form))}
    for cut in range(1, len(whole), 7):
        if form == "ndjson" and cut in ends:
            continue
        with pytest.raises(UsageError):
            loaded(whole[:cut])
