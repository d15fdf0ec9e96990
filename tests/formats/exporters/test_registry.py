import json

import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.formats.exporters.options import PLACEHOLDER, Options
from hookscope.formats.exporters.registry import EXPORTERS, ExportReport, export, export_chunks
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Kind, Reply
from tests.support.captures import SECRET, feed_body, make_capture, make_handshake

TOKENS = ("EAABsbCS1iHgBAKZCxQPZBzr7ZAa9vDwZDZD", "s3cr3t-token", "v3rify", "c00kie", SECRET)


@pytest.mark.parametrize("form", EXPORTERS)
@pytest.mark.parametrize("resign", [False, True])
def test_no_secret_is_in_any_export(form: str, resign: bool) -> None:
    request = make_capture().request
    headers = (*request.headers, (b"Cookie", b"sid=c00kie"), (b"Authorization", b"Bearer s3cr3t-token"))
    target = "/hook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=v3rify"
    body = json.dumps({"a": f"{TOKENS[0]} {SECRET}", "access_token": "s3cr3t-token"}).encode()
    captures = [
        make_capture(request=replace(request, headers=headers, body=body)),
        make_handshake(request=replace(request, method="GET", target=target, body=b"")),
        make_capture(reply=Reply(status=200, body=b"access_token=s3cr3t-token")),
    ]
    options = Options(
        default_target=lambda _: "http://u:s3cr3t-token@localhost/?access_token=s3cr3t-token",
        secrets=(SECRET,),
        resign=resign and form in ("curl", "httpie", "pytest"),
    )
    exported = export([replace(capture, run_id=1) for capture in captures], form, options).decode()
    assert not [token for token in TOKENS if token in exported]


@pytest.mark.parametrize("form", ["curl", "httpie", "pytest", "har", "ndjson"])
def test_an_export_cannot_steer_a_terminal(form: str) -> None:
    hostile = "\x1b]0;title\x07\x9b31m\u202e\x7f'\r"
    request = replace(
        make_capture().request,
        target=f"/hook?{hostile.encode().decode('latin-1')}",
        body=feed_body(hostile).replace(b"page", b"\x1b[31m"),
        headers=((b"X-Hostile", b"\x1b[31m\x9b"),),
    )
    exported = export([make_capture(request=request), make_handshake(request=request)], form)
    assert exported.isascii()
    assert exported.decode().replace("\n", "").isprintable()


def test_remarks_about_an_export() -> None:
    captures = [
        make_capture(id=1, run_id=1),
        make_capture(b'{"access_token":"a"}', id=2, run_id=2),
        make_capture(b"\xff", id=3),
    ]
    report = ExportReport()
    options = Options(default_target=lambda capture: "http://localhost:1/" if capture.run_id == 1 else None)
    exported = b"".join(export_chunks(captures, "http", options, report)).decode()
    assert (report.captures, report.redacted, report.broken, report.without_target) == (3, 1, 1, 2)
    assert report.left_out == [(3, "its body is not text; use curl or pytest")]
    assert "POST http://localhost:1/\n" in exported
    assert f"POST {PLACEHOLDER}\n" in exported


@pytest.mark.parametrize("form", ["har", "ndjson", "raw", "http"])
def test_formats_that_cannot_sign_say_so(form: str) -> None:
    with pytest.raises(UsageError, match="cannot sign"):
        export([], form, Options(resign=True))


def test_raw_is_the_bodies() -> None:
    assert export([make_capture(b"\x00\xff"), make_capture(b"a\n")], "raw") == b"\x00\xffa\n"


def test_a_http_file_holds_requests() -> None:
    wrong = Signature(verdict=SignatureVerdict.INVALID)
    capture = make_capture(b'{"a": 1}', id=12, signature=wrong, kind=Kind.STRAY)
    assert export([capture, make_handshake(id=13)], "http", Options(to="http://localhost:1/x")).decode() == (
        "### stray #12\n"
        "# @no-cookie-jar\n"
        "POST http://localhost:1/x\n"
        + "".join(f"{name.decode()}: {value.decode()}\n" for name, value in capture.request.headers)
        + '\n{"a": 1}\n'
        "\n"
        "### handshake #13\n"
        "# @no-cookie-jar\n"
        "GET http://localhost:1/x?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=REDACTED\n"
    )


PRETTY = json.dumps(json.loads(feed_body("GET /x # @name = value")), indent=2)
TAKEN_OUT = (
    *(
        "@name = value",
        "?? status == 200",
        " >> file",
        "GET /x",
        "DELETE",
        "POST http://localhost/",
        "http://localhost/",
    ),
    *("  # indented", "# no", "// no", "/* no", "< ./file", "<> ./file", "> {% x %}", "### a", " ###", "{{x}}", "..."),
    *("$x", "HTTP/1.1 200 OK", "query x", "", "  ", "trailing ", "--boundary", "a\tb", "a\x1b", "X: y"),
)


@pytest.mark.parametrize("line", TAKEN_OUT)
def test_a_body_that_a_rest_client_would_change_is_left_out(line: str) -> None:
    for body in (line, f'{{"a":\n{line}\n}}'):
        if body:
            exported = export([make_capture(body.encode(), id=12)], "http").decode()
            assert exported.startswith("### notification #12\n# left out: its body holds text")


@pytest.mark.parametrize(
    "body", [feed_body(), PRETTY.encode(), b"[\n  -1,\n  true\n]", "{é}".encode(), b"it is so", b"a=1&b=%20"]
)
def test_a_body_of_json_is_written_as_it_is(body: bytes) -> None:
    assert export([make_capture(body, id=12)], "http").endswith(b"\n\n" + body + b"\n")


@pytest.mark.parametrize("line", [(b"#X", b"y"), (b"X", b"a,"), (b"X", b"{{a}}"), (b"X", b"\xe4")])
def test_headers_that_a_rest_client_would_change_are_left_out(line: tuple[bytes, bytes]) -> None:
    request = replace(make_capture(b"{}").request, headers=(line,))
    assert b"# left out: its headers" in export([make_capture(request=request)], "http")


def test_a_har_file_has_what_the_specification_wants() -> None:
    handshake = make_handshake(id=3)
    log = json.loads(export([make_capture(b"\xff", id=2), handshake], "har"))["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == set(log["browser"]) == {"name", "version"}
    binary, query = log["entries"]
    for entry in (binary, query):
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= set(
            entry["request"]
        )
        assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"} <= set(
            entry["response"]
        )
        assert entry["request"]["url"].startswith("http://localhost/hook")
    assert binary["request"]["postData"] == {
        "mimeType": "application/json",
        "text": "/w==",
        "_encoding": "base64",
        "comment": "the body is not UTF-8: text is base64 of its bytes",
    }
    assert {"name": "hub.mode", "value": "subscribe"} in query["request"]["queryString"]
    assert query["response"]["content"]["text"] == "1158201444"
