"""The client against servers that answer rightly, and in every wrong way."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hookscope.errors import GraphError, HandshakeError, HookscopeError
from hookscope.graph.access_token import appsecret_proof
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import LostAnswerError
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Level, Notice
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from hookscope.settings import App
from tests.graph.endpoint import Endpoint
from tests.graph.scripted_graph import (
    Reply,
    ScriptedGraph,
    answer,
    babble,
    break_off,
    echo,
    error,
    hang,
    mangle,
    reset,
)
from tests.graph.wait import Waits
from tests.support.application import Application
from tests.support.certificates import Authority
from tests.support.connect_proxy import ConnectProxy

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = f"1234567890|{SECRET}"
PROOF = "eedb181121143b604e08914dee345f442e6a9e23aee7635bc308d3dd90c1a4e6"
EMPTY = answer({"data": []})
SUCCESS = answer({"success": True})
BUSY = error(4, "(#4) Application request limit reached")
GATEWAY = answer(status=502, text="<html>Bad Gateway</html>")


class Talk:
    """A client, the server it talks to, and what it said on the way."""

    def __init__(self, graph: ScriptedGraph, client: GraphClient, waits: Waits, notices: list[Notice]) -> None:
        self.graph = graph
        self.client = client
        self.waits = waits.seconds
        self.notices = notices

    async def subscribe(self) -> None:
        await self.client.subscribe(
            object="page",
            callback_url="https://ours/hook",
            verify_token="a-verify-token",
            fields=("feed", "messages"),
            include_values=True,
        )

    @property
    def methods(self) -> list[str]:
        return [call.method for call in self.graph.calls]


@asynccontextmanager
async def talk(*replies: Reply, timeout_seconds: float = 10.0) -> AsyncIterator[Talk]:
    waits, notices = Waits(), list[Notice]()
    async with ScriptedGraph(*replies) as graph:
        app = App(app_id="1234567890", secret=Secret(SECRET), graph_url=graph.url)
        async with GraphClient(app, notify=notices.append, timeout_seconds=timeout_seconds, wait=waits) as client:
            yield Talk(graph, client, waits, notices)


@asynccontextmanager
async def unreachable() -> AsyncIterator[GraphClient]:
    """Return a client of a port that nobody listens on anymore."""
    async with ScriptedGraph(EMPTY) as graph:
        app = App(app_id="1", secret=Secret(SECRET), graph_url=graph.url)
    async with GraphClient(app, notify=lambda _: None, wait=Waits()) as client:
        yield client


# Requests


def test_the_proof_is_that_of_metas_own_clients() -> None:
    assert appsecret_proof(TOKEN, SECRET) == PROOF


async def test_a_get_names_version_app_token_and_proof_in_the_query() -> None:
    async with talk(EMPTY) as it:
        assert await it.client.subscriptions() == ()
        (call,) = it.graph.calls
        assert call.path == "/v25.0/1234567890/subscriptions"
        assert call.query == {"access_token": TOKEN, "appsecret_proof": PROOF}


async def test_a_post_has_all_in_its_body_and_nothing_in_its_address() -> None:
    async with talk(SUCCESS) as it:
        await it.subscribe()
        (call,) = it.graph.calls
        assert call.query == {}
        assert call.form == {
            "object": "page",
            "callback_url": "https://ours/hook",
            "verify_token": "a-verify-token",
            "fields": "feed,messages",
            "include_values": "true",
            "access_token": TOKEN,
            "appsecret_proof": PROOF,
        }


async def test_a_post_without_fields_does_not_mention_them() -> None:
    async with talk(SUCCESS) as it:
        await it.client.subscribe(
            object="page", callback_url="https://ours", verify_token="t", fields=(), include_values=False
        )
        assert "fields" not in it.graph.calls[0].form
        assert it.graph.calls[0].form["include_values"] == "false"


async def test_a_delete_names_the_object_and_the_fields_if_any() -> None:
    async with talk(SUCCESS) as it:
        await it.client.unsubscribe(object="page")
        await it.client.unsubscribe(object="page", fields=("a", "b", "a"))
        assert [dict(call.query) for call in it.graph.calls] == [
            {"object": "page", "access_token": TOKEN, "appsecret_proof": PROOF},
            {"object": "page", "fields": "a,b", "access_token": TOKEN, "appsecret_proof": PROOF},
        ]


async def test_a_delete_that_would_take_more_than_was_meant_is_never_sent() -> None:
    async with talk(SUCCESS) as it:
        with pytest.raises(ValueError, match="never made"):
            await it.client.unsubscribe(object="")
        with pytest.raises(ValueError, match="never made"):
            await it.client.unsubscribe(object="page", fields=())
        with pytest.raises(ValueError, match="never made"):
            await it.client.unsubscribe(object="page", fields=("",))
        assert it.graph.calls == []


async def test_an_app_id_cannot_lead_to_another_edge() -> None:
    async with ScriptedGraph(EMPTY) as graph:
        app = App(app_id="../me?x=", secret=Secret(SECRET), graph_url=graph.url)
        async with GraphClient(app, notify=lambda _: None) as client:
            await client.subscriptions()
        assert graph.calls[0].path == "/v25.0/../me?x=/subscriptions"


# Answers


async def test_subscriptions_are_read_over_all_pages_without_following_the_address_of_the_next() -> None:
    def row(name: str) -> dict[str, object]:
        return {"object": name, "callback_url": "https://x", "active": True, "fields": [{"name": "feed"}]}

    more = {"next": "https://elsewhere.example/steal", "cursors": {"after": "QQ"}}
    first = answer({"data": [row("page")], "paging": more})
    async with talk(first, answer({"data": [row("user")], "paging": {"cursors": {"after": "RR"}}})) as it:
        found = await it.client.subscriptions()
        assert found == tuple(
            Subscription(object=name, callback_url="https://x", fields=("feed",), active=True)
            for name in ("page", "user")
        )
        assert it.graph.calls[1].query["after"] == "QQ"


@pytest.mark.parametrize(
    ("following", "sent"),
    [
        ("limit=1&offset=25&access_token=stolen", {"offset": "25"}),
        ("after=QQ%3D%3D", {"after": "QQ=="}),
        ("until=17&since=9&__paging_token=enc", {"until": "17", "since": "9", "__paging_token": "enc"}),
    ],
)
async def test_a_next_page_without_a_cursor_is_asked_for_as_its_address_says(
    following: str, sent: dict[str, str]
) -> None:
    row = {"object": "page", "callback_url": "https://x", "active": True, "fields": ["feed"]}
    first = answer({"data": [row], "paging": {"next": f"https://elsewhere.example/v25.0/1?{following}"}})
    async with talk(first, answer({"data": [{**row, "object": "user"}]})) as it:
        assert [found.object for found in await it.client.subscriptions()] == ["page", "user"]
        query = it.graph.calls[1].query
        assert {**query, **sent} == query
        assert query["access_token"] != "stolen"


async def test_pages_without_an_end_are_an_error() -> None:
    more = {"next": "x", "cursors": {"after": "QQ"}}
    async with talk(answer({"data": [], "paging": more})) as it:
        with pytest.raises(GraphError, match="over 20 pages"):
            await it.client.subscriptions()
        assert len(it.graph.calls) == 20


@pytest.mark.parametrize("value", [{"success": True}, {"success": "true"}, True, "true"])
async def test_each_spelling_of_success_counts(value: object) -> None:
    async with talk(answer(value)) as it:
        await it.subscribe()
        await it.client.unsubscribe(object="page")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "does not say 'success'"),
        ([], "does not say 'success'"),
        ("yes", "does not say 'success'"),
        ({"success": False}, "'success: false' without a reason"),
        ({"success": "false"}, "'success: false' without a reason"),
        (False, "'success: false' without a reason"),
    ],
)
async def test_an_answer_without_success_leaves_the_outcome_open(value: object, said: str) -> None:
    async with talk(answer(value)) as it:
        with pytest.raises(LostAnswerError, match=said):
            await it.subscribe()
        assert it.methods == ["POST"]


@pytest.mark.parametrize("value", [[], "true", {"data": 1}, {"data": [{}]}, {"data": [{"object": "p", "fields": 5}]}])
async def test_a_list_of_another_shape_is_an_error(value: object) -> None:
    async with talk(answer(value)) as it:
        with pytest.raises(GraphError, match="not one that this edge is known to give"):
            await it.client.subscriptions()


# Retries


@pytest.mark.parametrize(
    "wrong", [error(1), error(2), GATEWAY, answer(text="Service Unavailable"), mangle, reset, break_off]
)
async def test_a_get_is_tried_three_times_in_all(wrong: Reply) -> None:
    async with talk(wrong, wrong, EMPTY) as it:
        assert await it.client.subscriptions() == ()
        assert it.waits == [0.5, 1.5]
    async with talk(wrong) as it:
        with pytest.raises(GraphError) as raised:
            await it.client.subscriptions()
        assert raised.value.done == "tried 3 times"
        assert it.methods == ["GET"] * 3


async def test_a_delete_is_tried_again_too() -> None:
    async with talk(GATEWAY, SUCCESS) as it:
        await it.client.unsubscribe(object="page")
        assert it.methods == ["DELETE"] * 2


async def test_a_rate_limit_gets_longer_pauses() -> None:
    async with talk(BUSY, BUSY, EMPTY) as it:
        await it.client.subscriptions()
        assert it.waits == [2.0, 5.0]


@pytest.mark.parametrize("code", [100, 190, 101, 15, 200, 368, 2500])
async def test_a_refusal_is_not_tried_again(code: int) -> None:
    async with talk(error(code, "(#x) refused")) as it:
        with pytest.raises(GraphError, match=r"\(#x\) refused") as raised:
            await it.client.subscriptions()
        assert raised.value.hint
        assert it.methods == ["GET"]


@pytest.mark.parametrize("wrong", [error(1), error(2), error(0, status=500), GATEWAY])
async def test_a_post_is_tried_once_more_when_metas_side_failed(wrong: Reply) -> None:
    async with talk(wrong, SUCCESS) as it:
        await it.subscribe()
        assert it.methods == ["POST"] * 2
    async with talk(wrong) as it:
        with pytest.raises(GraphError):
            await it.subscribe()
        assert it.methods == ["POST"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        error(2200),
        error(2201),
        error(2200, status=500, is_transient=True),
        BUSY,
        error(100, is_transient=True),
        error(1, error_subcode=1929002),
        answer(text="Service Unavailable"),
        mangle,
        reset,
        break_off,
    ],
)
async def test_a_post_is_not_tried_again_for_anything_else(wrong: Reply) -> None:
    async with talk(wrong) as it:
        with pytest.raises(HookscopeError):
            await it.subscribe()
        assert it.methods == ["POST"]


# Errors


async def test_a_failed_verification_is_a_handshake_error_that_says_what_the_callback_did() -> None:
    text = "(#2200) Callback verification failed with the following errors: HTTP Status Code = 404"
    async with talk(error(2200, text)) as it:
        with pytest.raises(HandshakeError, match="HTTP 404, not 200") as raised:
            await it.subscribe()
        assert raised.value.code == 5
        assert "locks out" in (raised.value.done or "")
        assert "wait" in (raised.value.hint or "")


async def test_metas_message_for_the_user_is_passed_on() -> None:
    refused = error(1, "An unknown error occurred", error_subcode=1929002, error_user_msg="Some fields need more.")
    async with talk(refused) as it:
        with pytest.raises(GraphError, match="Some fields need more") as raised:
            await it.subscribe()
        assert "--fields" in (raised.value.hint or "")


@pytest.mark.parametrize("wrong", [GATEWAY, reset, break_off, mangle, answer(text="no json"), answer(text="")])
async def test_a_change_without_a_real_answer_leaves_its_outcome_open(wrong: Reply) -> None:
    async with talk(wrong) as it:
        with pytest.raises(LostAnswerError):
            await it.subscribe()
        with pytest.raises(LostAnswerError):
            await it.client.unsubscribe(object="page")


@pytest.mark.parametrize("wrong", [error(100), error(2), BUSY, answer(status=403, text="<html>")])
async def test_a_refused_change_does_not(wrong: Reply) -> None:
    async with talk(wrong) as it:
        with pytest.raises(GraphError) as raised:
            await it.subscribe()
        assert not isinstance(raised.value, LostAnswerError)


async def test_an_answer_without_an_end_is_cut_off() -> None:
    async with talk(babble) as it:
        with pytest.raises(LostAnswerError, match="too large"):
            await it.subscribe()


async def test_a_redirect_is_not_followed() -> None:
    async with talk(answer(status=302, text="", Location="/elsewhere")) as it:
        with pytest.raises(GraphError, match="HTTP 302"):
            await it.client.subscriptions()
        assert len(it.graph.calls) == 1


async def test_the_timeout_ends_all_tries_together() -> None:
    async with talk(error(2), hang, timeout_seconds=0.2) as it:
        with pytest.raises(GraphError, match=r"no answer within 0\.2 s") as raised:
            await it.client.subscriptions()
        assert not isinstance(raised.value, LostAnswerError)
        assert it.methods == ["GET", "GET"]


async def test_a_post_that_takes_too_long_is_not_tried_again() -> None:
    async with talk(hang, timeout_seconds=0.2) as it:
        with pytest.raises(LostAnswerError, match="no answer within"):
            await it.subscribe()
        assert it.methods == ["POST"]


def test_the_graph_api_has_20_seconds() -> None:
    assert GraphClient.TIMEOUT_SECONDS == 20.0


async def test_a_cancellation_stays_one() -> None:
    async with talk(hang) as it:
        task = asyncio.create_task(it.subscribe())
        async with asyncio.timeout(30):
            while not it.graph.calls:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_refused_connection_is_told_in_words_and_leaves_no_doubt() -> None:
    async with unreachable() as client:
        with pytest.raises(GraphError, match="connection refused") as raised:
            await client.unsubscribe(object="page")
        assert not isinstance(raised.value, LostAnswerError)
        assert raised.value.code == 4
        assert raised.value.done == "tried 3 times"


# Secrets


@pytest.mark.parametrize("act", ["get", "post", "delete"])
@pytest.mark.parametrize("wrong", [echo, reset, break_off, GATEWAY, hang, answer(text=f"<p>{TOKEN}" + "x" * 99)])
async def test_no_error_shows_the_token_the_secret_or_the_proof(act: str, wrong: Reply) -> None:
    async with talk(wrong, timeout_seconds=0.3) as it:
        acts: dict[str, Callable[[], object]] = {
            "get": it.client.subscriptions,
            "post": it.subscribe,
            "delete": lambda: it.client.unsubscribe(object="page"),
        }
        with pytest.raises(HookscopeError) as raised:
            await acts[act]()  # type: ignore[misc]
        shown = "".join(traceback.format_exception(raised.value, chain=True))
        chain: list[BaseException] = [raised.value]
        while last := chain[-1].__cause__ or chain[-1].__context__:
            chain.append(last)
        shown += "".join(f"{one!r} {one} {vars(one)}" for one in chain)
        for hidden in (SECRET, PROOF, "a-verify-token", SECRET[:20]):
            assert hidden not in shown


async def test_a_secret_that_is_cut_off_by_a_long_answer_is_hidden_too() -> None:
    async with talk(answer(status=502, text="x" * 100 + SECRET)) as it:
        with pytest.raises(GraphError) as raised:
            await it.client.subscriptions()
        assert SECRET[:10] not in str(raised.value)


def test_the_client_itself_shows_nothing() -> None:
    client = GraphClient(App(app_id="1", secret=Secret(SECRET)), notify=lambda _: None)
    assert SECRET not in repr(client)
    assert SECRET not in repr(vars(client))


# Notices


async def test_another_version_than_the_one_asked_for_is_told_once() -> None:
    async with talk(answer({"data": []}, facebook_api_version="v26.0")) as it:
        await it.client.subscriptions()
        await it.client.subscriptions()
        (notice,) = it.notices
        assert notice.level is Level.WARNING
        assert "v26.0" in notice.message
        assert "--graph-version" in (notice.hint or "")


async def test_the_version_asked_for_is_not_worth_a_word() -> None:
    async with talk(answer({"data": []}, facebook_api_version="v25.0")) as it:
        await it.client.subscriptions()
        assert it.notices == []


async def test_the_usage_in_the_headers_is_watched_on_errors_too() -> None:
    refused = answer({"error": {"code": 100, "message": "no"}}, status=400, x_app_usage='{"call_count": 91}')
    async with talk(refused) as it:
        with pytest.raises(GraphError):
            await it.client.subscriptions()
        assert [notice.message for notice in it.notices] == ["the app has used 91 % of its Graph API rate limit"]


# The way through a proxy


class Proxy:
    """A forward proxy for plain HTTP that notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readline()).decode())
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}')
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serve(proxy: Proxy) -> AsyncIterator[str]:
    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxy_of_the_environment_is_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()
    async with serve(proxy) as address:
        monkeypatch.setenv("http_proxy", f"{scheme}{address}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        app = App(app_id="1", secret=Secret(SECRET), graph_url="http://graph.invalid")
        async with GraphClient(app, notify=lambda _: None) as client:
            assert await client.subscriptions() == ()
        assert proxy.asked[0].startswith("GET http://graph.invalid/v25.0/1/subscriptions?")


async def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with talk(EMPTY) as it:
        assert await it.client.subscriptions() == ()


async def test_a_proxy_that_is_gone_is_named_as_the_culprit(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(Proxy()) as address:
        pass
    monkeypatch.setenv("http_proxy", f"http://user:pass-word@{address}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    app = App(app_id="1", secret=Secret(SECRET), graph_url="http://graph.invalid")
    async with GraphClient(app, notify=lambda _: None, wait=Waits()) as client:
        with pytest.raises(GraphError, match="proxy cannot be reached") as raised:
            await client.subscriptions()
        assert "pass-word" not in f"{raised.value} {raised.value.hint}"


async def test_a_certificate_that_a_proxy_made_is_to_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        Application(tls=Authority(tmp_path).server("graph.invalid")) as server,
        ConnectProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        app = App(app_id="1", secret=Secret(SECRET), graph_url="https://graph.invalid")
        async with GraphClient(app, notify=lambda _: None, wait=Waits()) as client:
            with pytest.raises(GraphError, match="no trusted TLS connection") as raised:
                await client.subscriptions()
    assert "SSL_CERT_FILE" in (raised.value.hint or "")


# The real thing, simulated


async def test_a_subscription_is_made_read_trimmed_and_removed_in_the_sandbox(
    client: GraphClient, ours: Endpoint, sandbox: SandboxServer
) -> None:
    sandbox.knobs.require_appsecret_proof = True
    await client.subscribe(
        object="page",
        callback_url=ours.url,
        verify_token="our-token",
        fields=("feed", "messages"),
        include_values=False,
    )
    (found,) = await client.subscriptions()
    assert found == Subscription(object="page", callback_url=ours.url, fields=("feed", "messages"), active=True)
    registration = sandbox.world.registration(client.app.app_id, "page")
    assert registration
    assert not registration.include_values
    await client.unsubscribe(object="page", fields=("messages",))
    assert (await client.subscriptions())[0].fields == ("feed",)
    await client.unsubscribe(object="page")
    assert await client.subscriptions() == ()


async def test_a_wrong_secret_is_explained(app: App) -> None:
    wrong = App(app_id=app.app_id, secret=Secret("f" * 32), graph_url=app.graph_url)
    async with GraphClient(wrong, notify=lambda _: None) as client:
        with pytest.raises(GraphError, match="app secret") as raised:
            await client.subscriptions()
        assert raised.value.hint == "copy the app secret again: App Dashboard > App settings > Basic"


async def test_a_callback_that_does_not_answer_is_asked_once(
    client: GraphClient, ours: Endpoint, sandbox: SandboxServer
) -> None:
    ours.is_down = True
    with pytest.raises(HandshakeError, match="503"):
        await client.subscribe(
            object="page", callback_url=ours.url, verify_token="our-token", fields=("feed",), include_values=True
        )
    assert len(sandbox.verifier.attempts) == 1


async def test_every_try_that_changes_something_needs_a_permit(app: App, ours: Endpoint) -> None:
    asked: list[str] = []

    async def permit() -> None:
        asked.append("asked")
        if len(asked) > 1:
            raise GraphError("not ours any more")

    async with GraphClient(app, notify=lambda _: None, permit=permit) as client:
        assert await client.subscriptions() == ()
        assert asked == []
        await client.subscribe(
            object="page", callback_url=ours.url, verify_token="our-token", fields=("feed",), include_values=True
        )
        with pytest.raises(GraphError, match="not ours any more"):
            await client.unsubscribe(object="page")
        assert [found.object for found in await client.subscriptions()] == ["page"]


async def test_a_second_try_needs_a_permit_of_its_own() -> None:
    waits = Waits()

    async def permit() -> None:
        if waits.seconds:
            raise GraphError("not ours any more")

    async with ScriptedGraph(error(2, "Service temporarily unavailable", status=503), SUCCESS) as graph:
        app = App(app_id="1234567890", secret=Secret(SECRET), graph_url=graph.url)
        async with GraphClient(app, notify=lambda _: None, wait=waits, permit=permit) as client:
            with pytest.raises(GraphError, match="not ours any more"):
                await client.unsubscribe(object="page")
        assert len(graph.calls) == 1
