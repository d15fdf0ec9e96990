import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

import hookscope
from hookscope.diagnosis.answers import explain_answer
from hookscope.diagnosis.exchange import CallbackAnswer
from hookscope.diagnosis.probe import ProbeResult, probe
from hookscope.meta import handshake
from tests.diagnosis.servers import CHALLENGE, TOKEN, Handler, Serve, answer, redirect, reminder, right
from tests.support.certificates import Authority


async def ask(url: str, timeout: float = 6.0) -> ProbeResult:
    result = await probe(url, verify_token=TOKEN, challenge=CHALLENGE, timeout=timeout)
    assert result.ok is (result.diagnosis is None)
    assert TOKEN not in (result.diagnosis or "")
    assert result.elapsed_ms > 0
    return result


async def diagnosed(url: str, timeout: float = 6.0) -> str:
    result = await ask(url, timeout)
    assert result.diagnosis
    assert not result.retryable
    return result.diagnosis


async def test_a_right_answer_is_ok(serve: Serve) -> None:
    result = await ask(f"{await serve(right)}/hook")
    assert (result.ok, result.retryable) == (True, False)


async def test_it_asks_as_meta_does(serve: Serve) -> None:
    heard: list[Any] = []

    async def note(request: web.Request) -> web.Response:
        heard.append((request.method, request.raw_path, request.raw_headers))
        return await right(request)

    url = await serve(note)
    assert (await ask(f"{url}/a%2Fb?x=%41")).ok
    ((method, target, headers),) = heard
    query = f"x=%41&hub.mode=subscribe&hub.challenge={CHALLENGE}&hub.verify_token={TOKEN}"
    assert (method, target) == ("GET", f"/a%2Fb?{query}")
    host = url.removeprefix("http://")
    assert dict(headers) == {
        b"Host": host.encode(),
        b"User-Agent": handshake.USER_AGENT.encode(),
        b"Accept": b"*/*",
        b"Accept-Encoding": b"deflate, gzip",
    }


async def test_a_compressed_answer_is_understood(serve: Serve) -> None:
    handler = answer(200, gzip.compress(CHALLENGE.encode()), Content_Encoding="gzip")
    assert (await ask(await serve(handler))).ok


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answer(404), "nothing answers at that path"),
        (answer(403), "refused"),
        (answer(500), "down or failing"),
        (answer(200), "empty body"),
        (answer(200, b'"1158201444"'), "JSON quotes"),
        (answer(200, b"11582014441158201444"), "twice"),
        (answer(200, b"<html>log in</html>", "text/html"), "HTML page"),
        (answer(200, b"x" * 1_000_000), "not the challenge"),
    ],
)
async def test_a_wrong_answer_is_explained(serve: Serve, handler: Handler, reason: str) -> None:
    assert reason in await diagnosed(await serve(handler))


async def test_an_endless_answer_is_not_read_to_its_end(serve: Serve) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"1" * 65536)
        except ConnectionError:
            return response

    assert "not the challenge" in await diagnosed(await serve(endless))


async def test_two_redirects_are_followed(serve: Serve) -> None:
    async def to_hook(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/hook?{request.query_string}")

    async def to_step(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"/step?{request.query_string}")

    assert (await ask(f"{await serve({'/': to_step, '/step': to_hook, '/hook': right})}/")).ok


async def test_more_than_two_redirects_are_shown_as_a_chain(serve: Serve) -> None:
    url = await serve({"/a": redirect("/b"), "/b": redirect("/c"), "/c": redirect("/d"), "/d": right})
    reason = await diagnosed(f"{url}/a")
    assert "more than 2 times" in reason
    assert f"{url}/a → {url}/b → {url}/c → {url}/d" in reason


async def test_a_redirect_to_a_login_is_shown_with_what_is_there(serve: Serve) -> None:
    login = answer(200, b"<html>log in</html>", "text/html")
    url = await serve({"/hook": redirect("/login?next=%2Fhook#form"), "/login": login})
    reason = await diagnosed(f"{url}/hook")
    assert f"({url}/hook → {url}/login)" in reason
    assert "HTML page" in reason


async def test_no_cookie_is_kept_from_one_redirect_to_the_next(serve: Serve) -> None:
    async def guarded(request: web.Request) -> web.Response:
        return await right(request) if "session" in request.cookies else web.Response(status=401)

    async def to_guarded(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/in?{request.query_string}", headers={"Set-Cookie": "session=1; Path=/"})

    assert "HTTP 401" in await diagnosed(f"{await serve({'/hook': to_guarded, '/in': guarded})}/hook")


@pytest.mark.parametrize("target", ["ftp://example.com/", "mailto:me@example.com", "http://[broken"])
async def test_a_redirect_to_nowhere_is_told(serve: Serve, target: str) -> None:
    assert "not an HTTP URL" in await diagnosed(await serve(redirect(target)))


@pytest.mark.parametrize("url", ["https://", "nonsense", "http://[::1", "http://host:99999/"])
async def test_an_address_that_is_none_is_told(url: str) -> None:
    assert "not an HTTP URL" in await diagnosed(url)


async def test_silence_is_told_after_the_timeout(serve: Serve) -> None:
    never = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    reason = await diagnosed(await serve(silent), timeout=0.1)
    assert "no answer within 0.1 s" in reason
    never.set()


async def test_the_timeout_counts_for_all_redirects_and_the_body_together(serve: Serve) -> None:
    never = asyncio.Event()

    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"1158")
        await never.wait()
        return response

    url = await serve({"/": redirect("/half"), "/half": half})
    assert "no answer" in await diagnosed(url, timeout=0.2)
    never.set()


async def test_a_port_where_nothing_listens_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert "nothing listens there" in await diagnosed(f"http://127.0.0.1:{port}/")


async def test_a_name_that_does_not_resolve_may_do_so_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
    result = await ask("http://fresh-tunnel.invalid/hook")
    assert "does not resolve" in (result.diagnosis or "")
    assert result.retryable


@pytest.mark.parametrize(
    "told", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1158", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"]
)
async def test_an_incomplete_http_answer_is_reported(told: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(told)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        reason = await diagnosed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert "closed before" in reason or "not valid HTTP" in reason


async def test_a_plain_port_asked_by_https_is_told(serve: Serve) -> None:
    url = (await serve(right)).replace("http:", "https:")
    assert "plain HTTP port" in await diagnosed(url)


async def test_a_self_signed_certificate_is_told(serve: Serve, tmp_path: Path) -> None:
    url = await serve(right, Authority(tmp_path).self_signed_server("localhost"))
    assert "self-signed" in await diagnosed(url)


async def test_a_certificate_of_an_unknown_authority_is_told(serve: Serve, tmp_path: Path) -> None:
    url = await serve(right, Authority(tmp_path).server("localhost"))
    assert "authority" in await diagnosed(url)


async def test_a_certificate_counts_for_its_host_only(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    urls = [await serve(right, authority.server(name)) for name in ("localhost", "other.example")]
    program = (
        "import asyncio, json, sys\n"
        "from hookscope.diagnosis.probe import probe\n"
        "for url in sys.argv[3:]:\n"
        "    print(json.dumps(asyncio.run(probe(url, verify_token=sys.argv[1], challenge=sys.argv[2])).diagnosis))\n"
    )
    # The trusted authorities are those of the process when it starts.
    trusting = {
        **os.environ,
        "SSL_CERT_FILE": str(authority.file),
        "PYTHONPATH": str(Path(hookscope.__file__).parents[1]),
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, TOKEN, CHALLENGE, *urls), env=trusting, stdout=subprocess.PIPE
    )
    told, _ = await child.communicate()
    right_host, other_host = map(json.loads, told.splitlines())
    assert right_host is None
    assert "for another host name" in other_host


async def test_ngroks_error_page_is_read_by_its_header(serve: Serve) -> None:
    page = answer(404, b"<html>The endpoint is offline</html>", "text/html", ngrok_error_code="ERR_NGROK_3200")
    result = await ask(await serve(page))
    assert "ERR_NGROK_3200" in (result.diagnosis or "")
    assert result.retryable


async def test_ngroks_error_page_is_read_by_its_body(serve: Serve) -> None:
    page = answer(502, b"<html>no upstream (ERR_NGROK_8012)</html>", "text/html")
    result = await ask(await serve(page))
    assert "ERR_NGROK_8012" in (result.diagnosis or "")
    assert result.retryable


@pytest.mark.parametrize("status", [502, 503])
async def test_a_gateways_error_may_pass(serve: Serve, status: int) -> None:
    assert (await ask(await serve(answer(status)))).retryable


@pytest.mark.parametrize("headers", [{}, {"ngrok_error_code": "ERR_NGROK_6024"}])
async def test_the_reminder_page_alone_is_told_apart(serve: Serve, headers: dict[str, str]) -> None:
    reason = await diagnosed(await serve(reminder(right, **headers)))
    assert "warning page" in reason
    assert "answers correctly" in reason


@pytest.mark.parametrize("headers", [{}, {"ngrok_error_code": "ERR_NGROK_6024"}])
async def test_a_fault_behind_the_warning_page_is_reported(serve: Serve, headers: dict[str, str]) -> None:
    assert "JSON quotes" in await diagnosed(await serve(reminder(answer(200, b'"1158201444"'), **headers)))


async def test_silence_behind_the_warning_page_leaves_the_page(serve: Serve) -> None:
    over = asyncio.Event()

    async def silence(request: web.Request) -> web.Response:
        await over.wait()
        return await right(request)

    url = await serve(reminder(silence))
    try:
        result = await probe(f"{url}/hook", verify_token=TOKEN, challenge=CHALLENGE, timeout=0.5)
    finally:
        over.set()
    assert result.finding.id == "answer.html"


def test_an_app_behind_localtunnel_may_answer_404_itself() -> None:
    hops = (URL("https://mine.loca.lt/hook"),)
    of_app = CallbackAnswer(status=404, headers={}, body=b"Cannot GET /hook", hops=hops)
    of_server = CallbackAnswer(status=404, headers={}, body=b"404", hops=hops)
    assert explain_answer(of_app, CHALLENGE).id == "status.not-found"
    assert explain_answer(of_server, CHALLENGE).id == "localtunnel.offline"


async def test_a_page_that_only_speaks_of_ngrok_is_a_page(serve: Serve) -> None:
    assert "HTML page" in await diagnosed(await serve(answer(200, b"<html>we love ngrok</html>", "text/html")))


async def test_the_way_to_this_machine_takes_no_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert (await ask(await serve(right))).ok


async def test_other_ways_take_the_proxy_of_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    async def note(request: web.Request) -> web.Response:
        heard.append(request.headers["Host"])
        return await right(request)

    monkeypatch.setenv("http_proxy", (await serve(note)).removeprefix("http://"))
    assert (await ask("http://hooks.example.com/hook")).ok
    assert heard == ["hooks.example.com"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    assert "the proxy 127.0.0.1:9" in await diagnosed(f"{scheme}://hooks.example.com/hook")


async def test_a_proxy_that_refuses_is_told(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", await serve(answer(403)))
    assert "the proxy" in await diagnosed("https://hooks.example.com/hook")


async def test_passwords_of_the_user_are_not_sent_along(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    async def open_door(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return await right(request)

    assert (await ask(await serve(open_door))).ok
