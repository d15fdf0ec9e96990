"""The handshake inside the POST: how it is sent, and what each wrong answer is called."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from hookscope.meta.graph_error import read_fault
from tests.sandbox.callback import VERIFY_TOKEN, Callback, Received, answering, challenge_of
from tests.sandbox.conftest import Graph
from tests.support.certificates import Authority

_2200 = "(#2200) Callback verification failed with the following errors: "


async def test_the_request_is_metas_to_the_letter(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    (asked,) = callback.requests
    assert asked.method == "GET"
    assert re.fullmatch(
        rf"/hook\?hub\.mode=subscribe&hub\.challenge=\d{{7,10}}&hub\.verify_token={VERIFY_TOKEN}", asked.target
    )
    assert asked.headers[1:] == (
        (b"User-Agent", b"facebookplatform/1.0 (+http://developers.facebook.com)"),
        (b"Accept", b"*/*"),
        (b"Accept-Encoding", b"deflate, gzip"),
    )
    assert asked.headers[0][0] == b"Host"


async def test_a_query_in_the_callback_url_is_kept(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url + "?tenant=7&x=%7C")

    assert callback.requests[0].target.startswith("/hook?tenant=7&x=%7C&hub.mode=subscribe&")


async def test_nothing_is_registered_before_the_callback_has_answered(graph: Graph, callback: Callback) -> None:
    seen = []

    async def look_first(received: Received) -> web.Response:
        seen.append(await graph.subscriptions())
        return web.Response(text=challenge_of(received))

    callback.answer = look_first
    await graph.subscribe(callback.url)

    assert seen == [[]]


async def test_two_redirects_are_followed(graph: Graph, callback: Callback) -> None:
    async def redirect_twice(received: Received) -> web.Response:
        if received.target.startswith("/c"):
            return web.Response(text=challenge_of(received))
        target = "/c?" if received.target.startswith("/b") else "/b?"
        return web.Response(status=302, headers={"Location": target + received.target.partition("?")[2]})

    callback.answer = redirect_twice

    assert (await graph.subscribe(callback.url)).status == 200


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (201, "Created"),
        (204, "No Content"),
        (400, "Bad Request"),
        (402, "Payment Required"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
    ],
)
async def test_any_status_but_200_is_named(graph: Graph, callback: Callback, status: int, phrase: str) -> None:
    callback.answer = answering(status)

    answer = await graph.subscribe(callback.url)

    assert (answer.status, answer.error["code"], answer.error["type"]) == (400, 2200, "OAuthException")
    assert answer.error["message"] == f"{_2200}HTTP Status Code = {status}; HTTP Message = {phrase}"
    assert await graph.subscriptions() == []


@pytest.mark.parametrize(
    ("make", "received"),
    [
        (lambda challenge: "OK", "OK"),
        (lambda challenge: "", ""),
        (lambda challenge: f'"{challenge}"', '"{}"'),
        (lambda challenge: f"{challenge}\n", "{}\n"),
        (lambda challenge: "<!DOCTYPE html><html><body>log in</body>", "<!DOCTYPE html><html..."),
        (lambda challenge: "x" * 100_000, "x" * 20 + "..."),
    ],
)
async def test_a_wrong_body_is_quoted(
    graph: Graph, callback: Callback, make: Callable[[str], str], received: str
) -> None:
    challenges = []

    async def answer_wrongly(received: Received) -> web.Response:
        challenges.append(challenge_of(received))
        return web.Response(text=make(challenges[0]))

    callback.answer = answer_wrongly

    answer = await graph.subscribe(callback.url)

    quoted = received.format(challenges[0])
    assert (answer.status, answer.error["code"], answer.error["type"]) == (400, 2201, "OAuthException")
    assert answer.error["message"] == (
        f'(#2201) response does not match challenge, expected value="{challenges[0]}", received="{quoted}"'
    )


async def test_markup_in_a_quoted_body_is_escaped_on_the_wire(graph: Graph, callback: Callback) -> None:
    callback.answer = answering(200, "<!DOCTYPE html>")

    answer = await graph.subscribe(callback.url)

    assert rb'received=\"\u003C!DOCTYPE html>\""' in answer.body


async def test_white_space_round_the_challenge_is_forgiven_when_asked_for(graph: Graph, callback: Callback) -> None:
    async def answer_with_newline(received: Received) -> web.Response:
        return web.Response(text=f"{challenge_of(received)}\r\n")

    callback.answer = answer_with_newline
    graph.server.knobs.trim_challenge = True

    assert (await graph.subscribe(callback.url)).status == 200


async def test_a_silent_callback_is_given_up(graph: Graph, callback: Callback) -> None:
    released = asyncio.Event()

    async def say_nothing(received: Received) -> web.Response:
        await released.wait()
        return web.Response(text=challenge_of(received))

    callback.answer = say_nothing
    graph.server.knobs.handshake_timeout = 0.1

    answer = await graph.subscribe(callback.url)
    released.set()

    expected = "curl_errno = 28; curl_error = Operation timed out after 100 milliseconds with 0 bytes received"
    assert answer.error["message"] == _2200 + expected


async def test_the_timeout_is_six_seconds(graph: Graph) -> None:
    assert graph.server.knobs.handshake_timeout == 6


async def test_a_third_redirect_is_not_followed(graph: Graph, callback: Callback) -> None:
    callback.answer = answering(302, headers={"Location": "/again?hub.challenge="}, reason="Moved Temporarily")

    answer = await graph.subscribe(callback.url)

    assert answer.error["message"] == (
        f"{_2200}curl_errno = 47; curl_error = Maximum (2) redirects followed; "
        "HTTP Status Code = 302; HTTP Message = Moved Temporarily"
    )
    assert len(callback.requests) == 3


async def test_a_closed_port_is_refused(graph: Graph) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        answer = await graph.subscribe(f"http://127.0.0.1:{port}/hook")

    expected = f"curl_errno = 7; curl_error = Failed to connect to 127.0.0.1 port {port}: Connection refused"
    assert answer.error["message"] == _2200 + expected


async def test_a_host_that_does_not_exist_is_not_resolved(graph: Graph) -> None:
    host = "x" * 64 + ".invalid"  # a label too long for DNS: the answer does not depend on a network

    answer = await graph.subscribe(f"http://{host}/hook")

    assert answer.error["message"] == f"{_2200}curl_errno = 6; curl_error = Could not resolve host: {host}"


Rude = Callable[[bytes], Awaitable[str]]


@pytest.fixture
async def rude() -> AsyncIterator[Rude]:
    """Makes servers that answer with some bytes, once they have heard something, and hang up."""
    servers: list[asyncio.Server] = []

    async def serve(said: bytes) -> str:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(4096)
            writer.write(said)
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        servers.append(server)
        return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_hanging_up_without_a_word_is_an_empty_reply(graph: Graph, rude: Rude) -> None:
    answer = await graph.subscribe(f"http://{await rude(b'')}/hook")

    assert answer.error["message"] == f"{_2200}curl_errno = 52; curl_error = Empty reply from server"


async def test_hanging_up_in_the_middle_is_a_failure_to_receive(graph: Graph, rude: Rude) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"

    answer = await graph.subscribe(f"http://{await rude(cut)}/hook")

    assert answer.error["message"] == f"{_2200}curl_errno = 56; curl_error = Recv failure: Connection reset by peer"


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\nno TLS here", b""])
async def test_a_port_without_tls_is_called_so(graph: Graph, rude: Rude, said: bytes) -> None:
    host = await rude(said)

    answer = await graph.subscribe(f"https://{host}/hook")

    assert answer.error["message"] == (
        f"{_2200}curl_errno = 35; curl_error = Unknown SSL protocol error in connection to {host} ; "
        "HTTP Status Code = 200; HTTP Message = Connection established"
    )


async def test_a_self_signed_certificate_is_refused(graph: Graph, tmp_path: Path) -> None:
    async with Callback(tls=Authority(tmp_path).server("127.0.0.1")) as callback:
        answer = await graph.subscribe(callback.url)

    assert answer.error["message"] == (
        f"{_2200}curl_errno = 60; curl_error = SSL certificate problem: unable to get local issuer certificate; "
        "HTTP Status Code = 200; HTTP Message = Connection established"
    )


async def test_a_redirect_to_another_protocol_is_not_followed(graph: Graph, callback: Callback) -> None:
    callback.answer = answering(302, headers={"Location": "ftp://127.0.0.1/x"})

    answer = await graph.subscribe(callback.url)

    assert answer.error["message"].startswith(f"{_2200}curl_errno = 1; ")


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ("404", f"{_2200}HTTP Status Code = 404; HTTP Message = Not Found"),
        ("redirect", f"{_2200}curl_errno = 47; curl_error = Maximum (2) redirects followed; "
         "HTTP Status Code = 302; HTTP Message = Moved Temporarily"),
        ("curl 28",
         f"{_2200}curl_errno = 28; curl_error = Operation timed out after 6000 milliseconds with 0 bytes received"),
        ("curl 51", f"{_2200}curl_errno = 51; curl_error = SSL: no alternative certificate subject name matches target "
         "host name '127.0.0.1'; HTTP Status Code = 200; HTTP Message = Connection established"),
    ],
)  # fmt: skip
async def test_failures_can_be_had_by_number(graph: Graph, callback: Callback, failure: str, message: str) -> None:
    graph.server.knobs.turn({"failing_handshakes": 1, "handshake_failure": failure})

    refused, accepted = await graph.subscribe(callback.url), await graph.subscribe(callback.url)

    assert refused.error["message"] == message
    assert accepted.status == 200
    assert len(callback.requests) == 1


async def test_a_page_in_front_of_the_callback_is_quoted(graph: Graph, callback: Callback) -> None:
    graph.server.knobs.turn({"failing_handshakes": 2, "handshake_failure": "html"})

    for _ in range(2):
        answer = await graph.subscribe(callback.url)
        assert answer.error["code"] == 2201
        assert 'received="<!DOCTYPE html>' in answer.error["message"]


async def test_a_failed_handshake_leaves_the_subscription_as_it_was(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    before = await graph.subscriptions()

    await graph.subscribe(callback.url, fields="mention", verify_token="another")

    assert await graph.subscriptions() == before


async def test_handshakes_are_remembered_with_what_was_wrong(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.subscribe(callback.url, verify_token="another")

    handshakes = (await graph.state())["handshakes"]
    assert [made["callback_url"] for made in handshakes] == [callback.url] * 2
    assert [made["problem"] for made in handshakes] == [
        None,
        f"{_2200}HTTP Status Code = 403; HTTP Message = Forbidden",
    ]


async def test_the_client_side_understands_what_is_said(graph: Graph, callback: Callback) -> None:
    callback.answer = answering(200, "OK")
    answer = await graph.subscribe(callback.url)

    fault = read_fault(answer.status, answer.body)

    assert fault is not None
    assert fault.is_handshake
    assert "'OK' instead of the challenge" in fault.cause
    assert fault.trace_id == json.loads(answer.body)["error"]["fbtrace_id"]
