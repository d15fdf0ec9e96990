"""Sending to an app: every kind of target, in synchronous and asyncio tests, and everything that may be wrong."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from rich.pretty import pretty_repr

import hookscope
from hookscope.model.record import Kind, Source
from hookscope.pytest_plugin.captured import AppCapturesSync
from hookscope.pytest_plugin.webhook import MetaWebhook
from hookscope.pytest_plugin.webhook_sync import MetaWebhookSync
from tests.pytest_plugin.apps import TOKEN, App, Server

AiohttpClient = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
def app(hookscope_app_secret: str) -> App:
    return App(hookscope_app_secret)


@pytest.fixture(params=["asgi", "wsgi", "url"])
def target(request: pytest.FixtureRequest, app: App) -> Iterator[Any]:
    """The app in each form that a synchronous test can reach."""
    if request.param == "url":
        with Server(app) as server:
            yield server.url
    else:
        yield getattr(app, request.param)


def test_an_app_gets_what_meta_sends(meta_webhook_sync: MetaWebhookSync, app: App, target: Any) -> None:
    answer = meta_webhook_sync.send("page.feed.comment", to=target, set={"value.message": "50% of <b>ä</b>"})
    assert (answer.status, answer.text, answer.accepted, answer.problem) == (200, "EVENT_RECEIVED", True, None)
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-twice"] == "1, 2"
    assert answer.elapsed_ms > 0
    assert "Hub-Signature" not in repr(answer) + pretty_repr(answer)  # A failed assertion shows the answer.
    (event,), (body,) = app.events, app.bodies
    assert (event.object, event.field, event.value["message"]) == ("page", "feed", "50% of <b>ä</b>")
    assert rb"50\u0025 of \u003Cb>\u00e4\u003C\/b>" in body
    headers = {name.lower(): value for name, value in app.headers[0].items()}
    assert headers["user-agent"] == "facebookexternalua"
    assert headers["x-hub-signature"].startswith("sha1=")


async def test_an_asyncio_test_awaits_it(meta_webhook: MetaWebhook, app: App, target: Any) -> None:
    answer = await meta_webhook.send("whatsapp_business_account.messages.text", to=target)
    assert answer.status == 200
    assert [event.field for event in app.events] == ["messages"]


async def test_an_aiohttp_client_is_sent_to(meta_webhook: MetaWebhook, app: App, aiohttp_client: AiohttpClient) -> None:
    async def handle(request: web.Request) -> web.Response:
        status, text = app.answer(request.method, request.path_qs, dict(request.headers), await request.read())
        return web.Response(status=status, text=text)

    served = web.Application()
    served.router.add_route("*", "/webhook", handle)
    client = await aiohttp_client(served)
    assert (await meta_webhook.handshake(client, TOKEN)).accepted
    assert (await meta_webhook.send("page.feed.comment", to=client)).status == 200
    assert (await meta_webhook.send("page.feed.comment", to=client, path="/elsewhere")).status == 404
    with pytest.raises(hookscope.UsageError) as refused:
        await meta_webhook.send("page.feed.comment", to=served)
    assert "aiohttp_client" in (refused.value.hint or "")


def test_a_synchronous_app_runs_in_the_test_s_own_thread(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    meta_webhook_sync.send("page.feed.comment", to=app.wsgi)
    assert app.threads == {threading.current_thread().name}


async def test_an_asgi_app_runs_in_the_test_s_own_loop(meta_webhook: MetaWebhook, app: App) -> None:
    loops = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await app.asgi(scope, receive, send)

    await meta_webhook.send("page.feed.comment", to=partial(asgi))
    assert loops == [asyncio.get_running_loop()]


def test_a_background_task_of_an_asgi_app_goes_on(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    done = threading.Event()

    async def later() -> None:
        await asyncio.sleep(0)
        done.set()

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await app.asgi(scope, receive, send)
        tasks.add(asyncio.create_task(later()))

    tasks: set[asyncio.Task[None]] = set()
    meta_webhook_sync.send("page.feed.comment", to=asgi)
    assert done.wait(30)


@pytest.fixture
def spanned(app: App) -> tuple[Any, list[str]]:
    """An app with a lifespan, and what happened in it."""
    story: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            story.append(scope["state"].get("pool", "no pool"))
            await app.asgi(scope, receive, send)
            return
        scope["state"]["pool"] = "pool"
        for name in ("startup", "shutdown"):
            story.append((await receive())["type"])
            await send({"type": f"lifespan.{name}.complete"})

    return asgi, story


LIFE = ["no pool", "lifespan.startup", "pool", "lifespan.shutdown", "no pool"]


def test_an_app_is_started_and_shut_down(meta_webhook_sync: MetaWebhookSync, spanned: tuple[Any, list[str]]) -> None:
    asgi, story = spanned
    meta_webhook_sync.send("page.feed.comment", to=asgi)
    with meta_webhook_sync.lifespan(asgi):
        meta_webhook_sync.send("page.feed.comment", to=asgi)
    meta_webhook_sync.send("page.feed.comment", to=asgi)
    assert story == LIFE


async def test_an_app_is_started_in_the_test_s_loop(meta_webhook: MetaWebhook, spanned: tuple[Any, list[str]]) -> None:
    asgi, story = spanned
    await meta_webhook.send("page.feed.comment", to=asgi)
    async with meta_webhook.lifespan(asgi):
        await meta_webhook.send("page.feed.comment", to=asgi)
    await meta_webhook.send("page.feed.comment", to=asgi)
    assert story == LIFE


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
@pytest.mark.parametrize("way", ["told", "raised"])
def test_a_lifespan_that_fails_is_named(meta_webhook_sync: MetaWebhookSync, app: App, phase: str, way: str) -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        for name in ("startup", "shutdown"):
            await receive()
            if name == phase and way == "raised":
                raise LookupError("no database")
            failed = {"type": f"lifespan.{name}.failed", "message": "Traceback …\nLookupError: no database"}
            await send(failed if name == phase else {"type": f"lifespan.{name}.complete"})

    if (phase, way) == ("startup", "raised"):
        with meta_webhook_sync.lifespan(asgi):  # So does an app that knows no lifespan.
            return
    with (
        pytest.raises(hookscope.DeliveryError, match=f"the {phase} of the app failed: .*no database"),
        meta_webhook_sync.lifespan(asgi),
    ):
        pass


def test_a_lifespan_that_fails_meanwhile_is_named(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app.asgi(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise LookupError("no queue")

    with (
        pytest.raises(hookscope.DeliveryError, match="the lifespan of the app failed: it raised LookupError: no queue"),
        meta_webhook_sync.lifespan(asgi),
    ):
        meta_webhook_sync.send("page.feed.comment", to=asgi)


def test_a_wsgi_app_has_no_lifespan(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    with pytest.raises(hookscope.UsageError, match="only an ASGI app"), meta_webhook_sync.lifespan(app.wsgi):
        pass


def test_another_event_loop_than_asyncio_s_is_refused(meta_webhook: MetaWebhook, app: App) -> None:
    for target in (app.asgi, app.wsgi, "http://127.0.0.1:1"):
        with pytest.raises(hookscope.UsageError, match="another one") as refused:
            meta_webhook.send("page.feed.comment", to=target).send(None)
        assert "_sync" in (refused.value.hint or "")


def test_a_handshake(meta_webhook_sync: MetaWebhookSync, target: Any) -> None:
    right = meta_webhook_sync.handshake(target, TOKEN, challenge="1158201444")
    assert (right.status, right.text, right.accepted) == (200, "1158201444", True)
    wrong = meta_webhook_sync.handshake(target, "another")
    assert (wrong.status, wrong.accepted) == (403, False)
    assert "403" in (wrong.problem or "")


@pytest.mark.parametrize(
    ("fault", "headers", "status"),
    [
        ("wrong_signature", {"x-hub-signature", "x-hub-signature-256"}, 401),
        ("missing_signature", set(), 401),
        ("sha1_only", {"x-hub-signature"}, 200),
    ],
)
def test_a_fault_of_the_signature(
    meta_webhook_sync: MetaWebhookSync, app: App, target: Any, fault: str, headers: set[str], status: int
) -> None:
    answer = meta_webhook_sync.send("page.feed.comment", to=target, fault=fault)
    assert answer.status == status
    assert {name for name in map(str.lower, app.headers[0]) if name.startswith("x-hub")} == headers


def test_a_failed_notification_is_sent_again_until_it_is_accepted(
    meta_webhook_sync: MetaWebhookSync, app: App, target: Any
) -> None:
    app.statuses = [500, 503]
    answer = meta_webhook_sync.send("page.feed.comment", to=target, retries=5)
    assert [one.status for one in answer.attempts] == [500, 503, 200]
    assert len(set(app.bodies)) == 1
    app.statuses = [500] * 9
    assert [one.status for one in meta_webhook_sync.send("page.feed.like", to=target, retries=2).attempts] == [500] * 3


def test_a_duplicate_is_the_same_bytes(
    meta_webhook_sync: MetaWebhookSync, captured_sync: AppCapturesSync, app: App, target: Any
) -> None:
    first = meta_webhook_sync.send("page.feed.comment", to=target)
    meta_webhook_sync.send("page.feed.comment", to=target)
    meta_webhook_sync.repeat(first, to=target)
    assert app.bodies[0] == app.bodies[2] != app.bodies[1]
    assert [(one.id, one.duplicate_of) for one in captured_sync.matching("is:duplicate")] == [(3, 1)]


def test_a_body_of_one_s_own(meta_webhook_sync: MetaWebhookSync, app: App, target: Any) -> None:
    assert meta_webhook_sync.send_body(b"no json", to=target).status == 200
    assert meta_webhook_sync.send_body({"object": "page", "entry": []}, to=target).status == 200
    assert app.bodies == [b"no json", b'{"object":"page","entry":[]}']
    with pytest.raises(hookscope.UsageError, match="cannot be written as JSON"):
        meta_webhook_sync.send_body({"a": object()}, to=target)


def test_samples_are_of_the_sandbox_s_page(meta_webhook_sync: MetaWebhookSync, hookscope_sandbox: Any) -> None:
    payload = meta_webhook_sync.payload("page.feed.comment", {"value.message": "hi"})
    assert payload["entry"][0]["id"] == hookscope_sandbox.page_id
    assert payload["entry"][0]["changes"][0]["value"]["message"] == "hi"
    assert meta_webhook_sync.app_secret == hookscope_sandbox.app_secret


def test_an_app_that_raises_fails_the_test_with_its_own_error(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    app.boom = KeyError("value")
    for target in (app.asgi, app.wsgi):
        with pytest.raises(hookscope.DeliveryError, match=r"POST /webhook: it raised KeyError: 'value'") as failed:
            meta_webhook_sync.send("page.feed.comment", to=target)
        assert failed.value.__cause__ is app.boom
        assert "raise_app_exceptions=False" in (failed.value.hint or "")
        answer = meta_webhook_sync.send("page.feed.comment", to=target, raise_app_exceptions=False, retries=1)
        assert [one.status for one in answer.attempts] == [500, 500]


def test_an_app_without_a_response_is_named(meta_webhook_sync: MetaWebhookSync) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def asleep(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(hookscope.DeliveryError, match="returned without a response"):
        meta_webhook_sync.send("page.feed.comment", to=silent)
    with pytest.raises(hookscope.DeliveryError, match=r"not done after 0\.05 s"):
        meta_webhook_sync.send("page.feed.comment", to=asleep, timeout=0.05)


def test_an_app_that_is_not_there_is_named(meta_webhook_sync: MetaWebhookSync, captured_sync: AppCapturesSync) -> None:
    with pytest.raises(hookscope.DeliveryError, match="no answer to POST /hook: no connection") as failed:
        meta_webhook_sync.send("page.feed.comment", to="http://127.0.0.1:1/hook", retries=1)
    assert "start the app" in (failed.value.hint or "")
    with pytest.raises(hookscope.DeliveryError, match="no answer to GET /hook"):
        meta_webhook_sync.handshake("http://127.0.0.1:1/hook", TOKEN)
    assert [one.reply.status for one in captured_sync.matching("app:err")] == [None] * 3


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({"sample": "page.feed.coment"}, "did you mean page.feed.comment", "trigger --list"),
        ({"set": {"nowhere.message": "x"}}, "page.feed.comment cannot be set that way", "meta_webhook.payload"),
        ({"set": {"": "x"}}, "cannot be set that way", "meta_webhook.payload"),
        ({"fault": "no_signature"}, "there is no fault 'no_signature'", "missing_signature"),
        ({"retries": 10**6}, "is out of range", "0 to 100"),
        ({"to": "localhost:3000"}, "is not a URL", "http://localhost:3000"),
        ({"to": "http://localhost:3000/hook", "path": "/x"}, "has a path already", "leave out path"),
        ({"path": "webhook"}, "does not begin with a slash", "path='/webhook'"),
        ({"to": 3000}, "int cannot be a target", "give a URL"),
        ({"to": web.Application()}, "aiohttp.web_app.Application", "aiohttp_client"),
        ({"to": dict}, "neither an ASGI nor a WSGI app", "give a URL"),
    ],
)
def test_invalid_input_is_refused(
    meta_webhook_sync: MetaWebhookSync, app: App, arguments: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(hookscope.UsageError, match=message) as refused:
        meta_webhook_sync.send(**{"sample": "page.feed.comment", "to": app.wsgi, **arguments})
    assert hint in (refused.value.hint or "")
    assert f"next: {refused.value.hint}" in refused.value.__notes__
    assert not app.bodies


def test_a_synchronous_payload_may_have_a_new_key(meta_webhook_sync: MetaWebhookSync) -> None:
    payload = meta_webhook_sync.payload("page.feed.comment", {"value.brand_new": 1}, add=True)
    assert payload["entry"][0]["changes"][0]["value"]["brand_new"] == 1


async def test_a_synchronous_fixture_does_not_block_an_event_loop(meta_webhook_sync: MetaWebhookSync, app: App) -> None:
    with pytest.raises(hookscope.UsageError) as refused:
        meta_webhook_sync.send("page.feed.comment", to=app.asgi)
    assert "await" in (refused.value.hint or "")


def test_every_exchange_is_captured(
    meta_webhook_sync: MetaWebhookSync, captured_sync: AppCapturesSync, target: Any
) -> None:
    meta_webhook_sync.handshake(target, TOKEN)
    meta_webhook_sync.send("page.feed.comment", to=target, fault="wrong_signature")
    handshake, comment = captured_sync.captures
    assert (handshake.kind, handshake.reply.status) == (Kind.HANDSHAKE, 200)
    assert (comment.source, str(comment.signature.verdict), comment.reply.body) == (Source.TRIGGER, "invalid", b"no")
    assert json.loads(comment.request.body)["object"] == "page"
