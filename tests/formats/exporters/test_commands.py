"""The commands that an export makes, run for real against a real server."""

import shutil
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import export
from hookscope.meta.signature import SignatureVerdict, judge, sign_headers
from hookscope.model.record import Headers
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture, make_handshake
from tests.support.shells import SHELLS, run_in
from tests.support.slow import slow_after

BODIES = {
    "feed": feed_body('it\'s "50%" @home \\ $HOME `id` !! <b>'),
    "empty": b"",
    "at": b"@/etc/passwd",
    "an option": b"-x --help",
    "newlines": b"\n line\r\n\n",
    "nothing but text": b"a\nb\\\\'\\'",
    "binary": bytes(range(256)),
    "utf-8": "grüße \U0001f600".encode(),
    "large": b"{" + b"x" * 300_000 + b"}",
    "larger than curl sends unasked": b"\x00" * 1_100_000,
}


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"no {program} command here")


CLIENTS = [pytest.param(form, marks=needs(program)) for form, program in (("curl", "curl"), ("httpie", "http"))]


@pytest.fixture
async def app() -> AsyncIterator[Application]:
    async with Application() as app:
        yield app


def end_to_end(sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
    own = ("host", "content-length", "connection", "transfer-encoding")
    return sorted((name.lower(), value) for name, value in sent if name.lower() not in own)


@pytest.mark.parametrize("form", CLIENTS)
@pytest.mark.parametrize("body", slow_after(4, BODIES.values()), ids=BODIES)
async def test_the_command_sends_the_same_bytes(app: Application, form: str, body: bytes) -> None:
    capture = make_capture(body)
    for shell in SHELLS:
        code, said = await run_in(shell, export([capture], form, Options(to=app.url)).decode())
        assert code == 0, said
    assert len(app.received) == len(SHELLS)
    for sent in app.received:
        assert (sent.method, sent.target, sent.body) == ("POST", "/hook", body)
        assert end_to_end(sent.headers) == [
            (name.decode().lower(), value.decode()) for name, value in sorted(capture.request.headers)
        ]


@pytest.mark.parametrize("form", CLIENTS)
async def test_the_command_sends_the_same_headers(app: Application, form: str) -> None:
    headers: Headers = (
        (b"Host", b"gone.example"),
        (b"X-Quoted", b'it\'s "$HOME" \\ \\\\ `id`'),
        (b"X-Equal", b"=1"),
        (b"X-At", b"@/etc/passwd"),
        (b"X-Colon", b":=2"),
        (b"X-Empty", b""),
        (b"Connection", b"keep-alive, X-Hop"),
        (b"X-Hop", b"gone"),
        (b"Content-Length", b"999"),
    )
    capture = make_capture(b"{}", request=replace(make_capture(b"{}").request, headers=headers))
    code, said = await run_in("sh", export([capture], form, Options(to=app.url)).decode())
    assert code == 0, said
    (sent,) = app.received
    assert end_to_end(sent.headers) == [
        (name.decode().lower(), value.decode())
        for name, value in sorted(headers)
        if name not in (b"Host", b"Connection", b"X-Hop", b"Content-Length")
    ]


@pytest.mark.parametrize("form", CLIENTS)
async def test_a_handshake_keeps_its_query(app: Application, form: str) -> None:
    options = Options(to=f"{app.url}?tenant=[1]", redact=False)
    code, said = await run_in("sh", export([make_handshake()], form, options).decode())
    assert code == 0, said
    assert app.received[0].method == "GET"
    query = make_handshake().request.target.partition("?")[2]
    assert unquote(app.received[0].target) == f"/hook?tenant=[1]&{query}"


@needs("openssl")
@pytest.mark.parametrize("form", CLIENTS)
@pytest.mark.parametrize("body", [BODIES["feed"], BODIES["binary"]], ids=["feed", "binary"])
async def test_the_command_signs_anew_without_knowing_the_secret(app: Application, form: str, body: bytes) -> None:
    command = export([make_capture(body)], form, Options(to=app.url, resign=True)).decode()
    assert SECRET not in command
    code, said = await run_in("sh", command, {"HOOKSCOPE_APP_SECRET": "another secret"})
    assert code == 0, said
    (sent,) = app.received
    raw = [(name.encode(), value.encode()) for name, value in sent.headers]
    assert judge(raw, sent.body, ["another secret"]).verdict is SignatureVerdict.VALID
    assert sent.header("X-Hub-Signature") == sign_headers(body, "another secret")[0][1]


@needs("curl")
async def test_curl_sends_headers_that_are_not_text(app: Application) -> None:
    headers = ((b"Content-Type", b"x/y"), (b"X-Bytes", b"a\xe4\tb"))
    capture = make_capture(b"{}", request=replace(make_capture(b"{}").request, headers=headers))
    code, said = await run_in("sh", export([capture], "curl", Options(to=app.url)).decode())
    assert code == 0, said
    assert app.received[0].header("X-Bytes") == "a\xe4\tb"


def test_requests_that_httpie_cannot_send_are_left_out() -> None:
    request = make_capture(b"{}").request
    odd = [replace(request, headers=(line,)) for line in ((b"X", b"a\\:b"), (b"X", b"\xe4"), (b"-X", b"y"))]
    assert export([make_capture(request=one) for one in odd], "httpie") == b""


@needs("curl")
async def test_several_commands_send_several_requests(app: Application) -> None:
    command = export([make_capture(b"1"), make_capture(b"2\n")], "curl", Options(to=app.url)).decode()
    code, said = await run_in("sh", command)
    assert code == 0, said
    assert [sent.body for sent in app.received] == [b"1", b"2\n"]
