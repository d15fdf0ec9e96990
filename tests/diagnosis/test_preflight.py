"""Broken endpoints and tunnels, each a real server, and the one diagnosis of each."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from aiohttp import web

import hookscope
from hookscope.diagnosis.connection_faults import explain_silence
from hookscope.diagnosis.exchange import Exchange, Stage
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.preflight import note_arrival, preflight, private_address
from hookscope.diagnosis.probe import consider_time
from tests.diagnosis.servers import CHALLENGE, TOKEN, Handler, Serve, answer, redirect, reminder, right
from tests.support.certificates import Authority
from tests.support.connect_proxy import ConnectProxy
from tests.support.until import until

TURN = CHALLENGE.encode()


async def found(url: str, timeout: float = 6.0) -> Finding:
    result = await preflight(url, verify_token=TOKEN, challenge=CHALLENGE, timeout=timeout)
    finding = result.finding
    assert TOKEN not in str(finding.as_json())
    assert finding.state is State.OK or finding.next_step
    return finding


async def without_query(request: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently("/hook")


async def back_and_forth(request: web.Request) -> web.Response:
    raise web.HTTPFound("/there" if request.path == "/here" else "/here")


async def for_browsers(request: web.Request) -> web.Response:
    return await right(request) if is_browser(request) else web.Response(status=403)


async def for_browsers_alone(request: web.Request) -> web.Response:
    return await right(request) if is_browser(request) else web.Response(status=404)


def is_browser(request: web.Request) -> bool:
    return "Mozilla" in request.headers["User-Agent"]


def page(text: str, status: int = 200, **headers: str) -> Handler:
    return answer(status, f"<html>{text}</html>".encode(), "text/html; charset=utf-8", **headers)


LOGIN = page('log in <input type="password">')
TO_END = redirect("/end")

BROKEN: list[tuple[str, Handler | dict[str, Handler]]] = [
    ("status.not-found", answer(404)),
    ("path.slash-missing", {"/hook/": right}),
    ("path.elsewhere", {"/": right}),
    ("status.method", answer(405)),
    ("status.login", answer(401)),
    ("status.refused", answer(403)),
    ("status.rate-limit", answer(429)),
    ("status.not-200", answer(201, TURN)),
    ("status.other", answer(400)),
    ("status.server-error", answer(500)),
    ("status.gateway", answer(502)),
    ("filter.user-agent", for_browsers),
    ("filter.user-agent", for_browsers_alone),
    ("redirect.too-many", {"/hook": redirect("/b"), "/b": redirect("/c"), "/c": TO_END, "/end": right}),
    ("redirect.loop", {"/hook": redirect("/here"), "/here": back_and_forth, "/there": back_and_forth}),
    ("redirect.login", {"/hook": redirect("/login?next=%2Fhook"), "/login": LOGIN}),
    ("redirect.query-lost", {"/hook": redirect("/end"), "/end": right}),
    ("redirect.invalid", redirect("ftp://example.com/")),
    ("ngrok.reminder", reminder(right, ngrok_error_code="ERR_NGROK_6024")),
    ("ngrok.3200", page("offline", 404, ngrok_error_code="ERR_NGROK_3200")),
    ("ngrok.8012", page("no upstream (ERR_NGROK_8012)", 502)),
    ("ngrok.727", page("limit", 429, ngrok_error_code="ERR_NGROK_727")),
    ("localtunnel.offline", answer(503, b"503 - Tunnel Unavailable")),
    ("localtunnel.offline", answer(503, b"", x_localtunnel_status="Tunnel Unavailable")),
    ("cloudflare.tunnel-down", page("Error 1033", 530, Server="cloudflare")),
    ("cloudflare.origin", page("Web server is down: error code: 521", 521, Server="cloudflare")),
    ("cloudflare.challenge", page("Just a moment", 403, cf_mitigated="challenge")),
    ("vercel.protected", page("Authentication Required", 401, Set_Cookie="_vercel_sso_nonce=x; Path=/; HttpOnly")),
    ("vercel.protected", page("<script>location = 'https://vercel.com/sso-api?url=x'</script>", 401)),
    ("railway.offline", answer(404, b'{"message": "Application not found"}', x_railway_fallback="true")),
    (
        "n8n.not-active",
        answer(404, b'{"message": "The requested webhook \\"GET a\\" is not registered."}'),
    ),
    ("n8n.no-get", answer(404, b'{"code": 404, "message": "This webhook is not registered for GET requests."}')),
    ("render.offline", answer(404, b"Not Found", x_render_routing="no-server", Server="cloudflare")),
    ("render.offline", answer(503, b"", x_render_routing="hibernate-wake-error", Server="cloudflare")),
    ("caddy.no-site", answer(Server="Caddy")),
    ("answer.empty", answer()),
    ("answer.json-quotes", answer(200, b'"1158201444"', "application/json")),
    ("answer.json", answer(200, b'{"challenge": 1158201444}', "application/json")),
    ("answer.twice", answer(200, TURN * 2)),
    ("answer.white-space", answer(200, TURN + b"\n")),
    ("answer.byte-order-mark", answer(200, b"\xef\xbb\xbf" + TURN)),
    ("answer.html", page("my site")),
    ("answer.ok", answer(200, b"OK")),
    ("answer.more-than-challenge", answer(200, b"<br /><b>Notice</b>: unset\n" + TURN, "text/html")),
    ("answer.encoding", answer(200, TURN, Content_Encoding="gzip")),
    ("answer.wrong", answer(200, b"42")),
]


@pytest.mark.parametrize(("name", "handler"), BROKEN, ids=[f"{name}-{at}" for at, (name, _) in enumerate(BROKEN)])
async def test_each_broken_endpoint_has_its_own_diagnosis(
    serve: Serve, name: str, handler: Handler | dict[str, Handler]
) -> None:
    finding = await found(f"{await serve(handler)}/hook")
    assert (finding.id, finding.state) == (name, State.FAILED)


@pytest.mark.parametrize(
    ("path", "name", "mended"),
    [
        ("/hook/", "path.slash-extra", "/hook"),
        ("//hook", "path.slash-extra", "/hook"),
        ("/hook/in", "path.elsewhere", "/hook"),
    ],
)
async def test_the_path_that_was_meant_is_named(serve: Serve, path: str, name: str, mended: str) -> None:
    url = await serve({"/hook": right})
    finding = await found(f"{url}{path}?team=a")
    assert finding.id == name
    assert finding.next_step == f"register {url}{mended}"


async def test_the_root_is_compared_with_the_usual_path(serve: Serve) -> None:
    url = await serve({"/webhook": right})
    assert (await found(url)).next_step == f"register {url}/webhook"


async def test_a_right_answer_is_green_and_one_behind_a_redirect_is_not(serve: Serve) -> None:
    async def on(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/end?{request.query_string}")

    url = await serve({"/hook": on, "/end": right})
    finding = await found(f"{url}/end")
    assert (finding.id, finding.state) == ("callback.answers", State.OK)
    finding = await found(f"{url}/hook")
    assert (finding.id, finding.state) == ("redirect.followed", State.WARNING)


def for_meta(of_browsers: Handler) -> Handler:
    """Answer Meta as it should be, and browsers otherwise."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (of_browsers if is_browser(request) else right)(request)

    return handle


@pytest.mark.parametrize(
    ("name", "of_browsers", "told"),
    [
        ("browser.reminder", reminder(right, ngrok_error_code="ERR_NGROK_6024"), "warning page first"),
        ("browser.reminder", page("sign up", ngrok_error_code="ERR_NGROK_6022"), "warning page first"),
        ("browser.differs", answer(403), "HTTP 403"),
        ("browser.differs", page("log in"), "an HTML page"),
        ("callback.answers", right, "as Meta requires"),
    ],
)
async def test_only_meta_s_request_decides_and_a_browser_s_is_a_note(
    serve: Serve, name: str, of_browsers: Handler, told: str
) -> None:
    finding = await found(f"{await serve(for_meta(of_browsers))}/hook")
    assert (finding.id, finding.state, finding.next_step) == (name, State.OK, None)
    assert told in finding.what
    assert bool(finding.why) is (of_browsers is not right)


async def test_meta_and_a_browser_ask_at_the_same_time(serve: Serve) -> None:
    both = asyncio.Barrier(2)

    async def handle(request: web.Request) -> web.Response:
        await both.wait()
        return await right(request)

    assert (await found(f"{await serve(handle)}/hook")).id == "callback.answers"


async def test_a_browser_that_gets_no_answer_holds_nothing_up(serve: Serve) -> None:
    over = asyncio.Event()

    async def silence(request: web.Request) -> web.Response:
        await over.wait()
        return await right(request)

    try:
        assert (await found(f"{await serve(for_meta(silence))}/hook")).id == "callback.answers"
    finally:
        over.set()


@pytest.mark.parametrize("is_first_browser", [True, False])
async def test_a_limit_on_requests_is_no_filter_of_user_agents(serve: Serve, is_first_browser: bool) -> None:
    served: list[bool] = []

    async def limited(request: web.Request) -> web.Response:
        if is_browser(request) is not is_first_browser:
            await until(lambda: served)
        if served:
            return web.Response(status=429)
        served.append(True)
        return await right(request)

    finding = await found(f"{await serve(limited)}/hook")
    assert finding.id == ("status.rate-limit" if is_first_browser else "callback.answers")


async def test_an_app_that_serves_the_browser_first_is_asked_again(serve: Serve) -> None:
    asked: list[bool] = []
    over = asyncio.Event()

    async def handle(request: web.Request) -> web.Response:
        asked.append(is_browser(request))
        if asked == [False] or asked == [True, False]:
            await over.wait()
        return await right(request)

    try:
        assert (await found(f"{await serve(handle)}/hook", timeout=0.5)).state is not State.FAILED
    finally:
        over.set()
    assert sorted(asked) == [False, False, True]


def test_a_slow_answer_is_a_warning() -> None:
    right_answer = Finding(id="callback.answers", state=State.OK, what="it answers")
    wrong = Finding(id="answer.wrong", state=State.FAILED, what="wrong", next_step="mend it")
    assert consider_time(right_answer, 2.9, 6) is right_answer
    assert (consider_time(right_answer, 3.1, 6).id, consider_time(wrong, 5, 6)) == ("answer.slow", wrong)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk, scheme: str = "http") -> AsyncIterator[str]:
    """Serve with raw bytes; the URL."""
    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


def saying(text: bytes, *, then: asyncio.Event | None = None) -> Talk:
    """Answer each request with these bytes, and close the connection unless it is to stay open until the event."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(text)
        if then:
            await then.wait()
        writer.close()

    return talk


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("connection.closed", b""),
        ("connection.cut-off", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1158"),
        ("connection.not-http", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ],
)
async def test_a_connection_that_brings_no_answer_is_told(name: str, text: bytes) -> None:
    async with talking(saying(text)) as url:
        assert (await found(url)).id == name


async def test_redirects_over_connections_that_close_are_named_as_redirects() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        to = b"/b" if head.startswith(b"GET /hook") else b"/hook"
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to)
        writer.close()

    async with talking(talk) as url:
        assert (await found(url)).id == "redirect.loop"


async def test_what_fails_behind_a_redirect_tells_of_it(serve: Serve) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/end"
        finding = await found(f"{await serve(redirect(dead))}/hook")
    assert finding.id == "connection.refused"
    assert f"/hook → {dead}); at the last URL: " in finding.what


@pytest.mark.parametrize(
    ("stage", "name", "text", "scheme"),
    [
        (Stage.CONNECTING, "connection.timeout", b"", "https"),
        (Stage.ASKING, "answer.timeout", b"", "http"),
        (Stage.READING, "answer.stalled", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1158", "http"),
    ],
)
async def test_silence_is_told_by_the_point_that_was_reached(stage: Stage, name: str, text: bytes, scheme: str) -> None:
    over = asyncio.Event()
    exchange = Exchange()
    async with talking(saying(text, then=over), scheme) as url:
        asking = asyncio.create_task(exchange.get(url, {}))
        await until(lambda: exchange.stage is stage)
        asking.cancel()
        await asyncio.wait({asking})
        over.set()
    assert explain_silence(exchange.stage, 6).id == name


async def test_a_port_where_nothing_listens_is_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert (await found(f"http://127.0.0.1:{unused.getsockname()[1]}/")).id == "connection.refused"


@pytest.mark.parametrize(
    ("url", "name"),
    [("http://fresh-tunnel.invalid/hook", "connection.name-unknown"), ("http://[::1", "address.invalid")],
)
async def test_an_address_that_leads_nowhere_is_told(url: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
    assert (await found(url)).id == name


@pytest.mark.parametrize(("status", "name"), [(403, "proxy.refused"), (407, "proxy.login"), (401, "proxy.login")])
async def test_a_proxy_that_lets_nothing_through_is_told(
    status: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(saying(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        assert (await found("https://hooks.example.com/hook")).id == name


async def test_a_certificate_that_a_proxy_may_have_made_says_nothing_about_the_server(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve(right, Authority(tmp_path).server("hooks.example.com"))
    async with ConnectProxy(urlsplit(served).port or 0) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert (await found("https://hooks.example.com/hook")).id == "proxy.certificate"


async def test_a_proxy_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert (await found("https://hooks.example.com/hook")).id == "proxy.unreachable"


async def test_plain_http_is_not_enough_beyond_this_machine(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", await serve(right))
    assert (await found("http://hooks.example.com/hook")).id == "address.not-https"


async def test_a_private_address_is_a_warning(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", await serve(right))
    finding = await found("http://10.1.2.3/hook")
    assert (finding.id, finding.state) == ("address.private", State.WARNING)


@pytest.mark.parametrize("url", ["http://localhost:1/", "https://127.0.0.1/", "https://93.184.215.14/"])
async def test_the_addresses_of_this_machine_and_public_ones_are_no_private_ones(url: str) -> None:
    assert await private_address(url) is None


async def test_a_certificate_that_nobody_knows_is_told(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert (await found(await serve(right, authority.self_signed_server("localhost")))).id == "tls.self-signed"
    assert (await found(await serve(right, authority.server("localhost")))).id == "tls.incomplete-chain"
    assert (await found((await serve(right)).replace("http:", "https:"))).id == "tls.plain-http"


@contextmanager
def blocking(context: ssl.SSLContext) -> Iterator[str]:
    """Refuse handshakes in a thread; asyncio's server would not send TLS's alert. The URL."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with (
                suppress(OSError),
                context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured,
            ):
                with suppress(OSError):
                    secured.do_handshake()
                secured.shutdown(socket.SHUT_WR)
                while socket.socket.recv(secured, 4096):  # Closed with bytes unread, it would take the alert back.
                    pass

        def serve() -> None:
            while not over.is_set():
                refuse()

        thread = Thread(target=serve)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}/hook"
        over.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join()


async def test_tls_faults_are_distinguished(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    old = authority.server("localhost")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")
    mutual = authority.server("localhost")
    mutual.verify_mode = ssl.CERT_REQUIRED
    mutual.load_verify_locations(authority.file)
    contexts = {
        "callback.answers": authority.server("localhost"),
        "tls.wrong-name": authority.server("other.example"),
        "tls.expired": authority.expired_server("localhost"),
        "tls.incomplete-chain": authority.server_without_chain("localhost"),
    }
    program = (
        "import asyncio, sys\n"
        "from hookscope.diagnosis.preflight import preflight\n"
        "for url in sys.argv[3:]:\n"
        "    print(asyncio.run(preflight(url, verify_token=sys.argv[1], challenge=sys.argv[2])).finding.id)\n"
    )
    # The trusted authorities are those of the process when it starts.
    trusting = {
        **os.environ,
        "SSL_CERT_FILE": str(authority.file),
        "PYTHONPATH": str(Path(hookscope.__file__).parents[1]),
    }
    urls = [await serve(right, context) for context in contexts.values()]
    with blocking(old) as without_cipher, blocking(mutual) as with_client_certificate:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, TOKEN, CHALLENGE, *urls, without_cipher, with_client_certificate),
            env=trusting,
            stdout=subprocess.PIPE,
        )
        told, _ = await child.communicate()
    assert told.decode().split() == [*contexts, "tls.no-common-version", "tls.client-certificate"]


ALERTS = {
    40: ("tls.no-common-version", "or it has no certificate for this name"),
    49: ("tls.refused", "breaks the TLS handshake off (TLSV1_ALERT_ACCESS_DENIED)"),
    70: ("tls.no-common-version", "have no TLS version or cipher in common (TLSV1_ALERT_PROTOCOL_VERSION)"),
    80: ("tls.refused", "breaks the TLS handshake off (TLSV1_ALERT_INTERNAL_ERROR)"),
    112: ("tls.refused", "breaks the TLS handshake off (TLSV1_UNRECOGNIZED_NAME)"),
}
"""By the number of TLS's alert; 80 and 112 are what servers send that have no certificate for a name."""


@pytest.mark.parametrize(("alert", "name", "told"), [(number, *told) for number, told in ALERTS.items()])
async def test_an_alert_of_tls_is_taken_for_no_more_than_it_says(alert: int, name: str, told: str) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(bytes((0x15, 3, 3, 0, 2, 2, alert)))
        writer.close()

    async with talking(refuse, "https") as url:
        finding = await found(url)
    assert finding.id == name
    assert told in finding.what


def test_the_receiver_knows_whether_the_answer_is_its_own() -> None:
    right_answer = Finding(id="callback.answers", state=State.OK, what="it answers")
    quotes = Finding(id="answer.json-quotes", state=State.FAILED, what="quotes", next_step="no quotes")
    assert note_arrival(right_answer, arrived=True) is right_answer
    assert note_arrival(right_answer, arrived=False).id == "receiver.somebody-else"
    assert "something in between" in (note_arrival(quotes, arrived=True).why or "")
    assert "did not arrive" in (note_arrival(quotes, arrived=False).why or "")
