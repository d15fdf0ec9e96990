"""An app that registers itself at the sandbox, and what is known about it."""

import asyncio
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import hookscope
from hookscope.pytest_plugin.captured import AppCaptures, AppCapturesSync
from hookscope.pytest_plugin.sandbox import HookscopeSandbox
from hookscope.pytest_plugin.webhook import MetaWebhook
from hookscope.pytest_plugin.webhook_sync import MetaWebhookSync
from tests.pytest_plugin.apps import TOKEN, App, Server


@pytest.fixture
def app(hookscope_app_secret: str) -> App:
    return App(hookscope_app_secret)


@pytest.fixture
def server(app: App) -> Iterator[Server]:
    with Server(app) as served:
        yield served


def call(sandbox: HookscopeSandbox, method: str, **parameters: str) -> Any:
    """Make a call on the subscriptions edge, blocking, as a synchronous app does."""
    sent = urllib.parse.urlencode({"access_token": sandbox.app_token, **parameters}).encode()
    url = f"{sandbox.url}/v25.0/{sandbox.app_id}/subscriptions"
    with urllib.request.urlopen(urllib.request.Request(url, data=sent, method=method), timeout=30) as response:
        return json.load(response)


def register(sandbox: HookscopeSandbox, url: str, fields: str = "feed", topic: str = "page") -> Any:
    return call(sandbox, "POST", object=topic, callback_url=url, verify_token=TOKEN, fields=fields)


def test_an_app_registers_and_gets_what_it_asked_for(
    hookscope_sandbox: HookscopeSandbox,
    captured_sync: AppCapturesSync,
    meta_webhook_sync: MetaWebhookSync,
    server: Server,
    app: App,
) -> None:
    assert register(hookscope_sandbox, server.url, "feed,messages") == {"success": True}
    page = captured_sync.expect_subscription("page", fields=["feed", "messages"])
    assert (page.callback_url, page.active) == (server.url, True)
    for fields in ("feed, messages", "feed, ", "", ["feed "]):
        assert captured_sync.expect_subscription("page", fields=fields, timeout=0) == page
    answer = meta_webhook_sync.send("page.feed.comment", to=hookscope_sandbox, set={"value.message": "hello"})
    assert answer.status == 200
    comment = captured_sync.expect("field:feed comment hello status:200 app:2xx")
    assert (comment.id, comment.reply.body) == (2, b"EVENT_RECEIVED")
    assert captured_sync.expect("kind:handshake status:200", timeout=0).id == 1
    call(hookscope_sandbox, "DELETE", object="page")
    assert captured_sync.subscriptions == ()


def test_events_of_the_sandboxs_scenario_are_captured_too(
    hookscope_sandbox: HookscopeSandbox, captured_sync: AppCapturesSync, server: Server, app: App
) -> None:
    register(hookscope_sandbox, server.url)
    app.statuses = [500]
    wanted = json.dumps({"sample": "page.feed.comment"}).encode()
    asked = urllib.request.Request(
        f"{hookscope_sandbox.url}/sandbox/send", data=wanted, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as response:
        assert json.load(response)["deliveries"][0]["status"] == 500
    failed = captured_sync.expect("field:feed status:500")
    again = captured_sync.expect("field:feed status:200", timeout=30)
    assert again.duplicate_of == failed.id
    assert str(again.signature.verdict) == "valid"


def test_a_refused_handshake_is_captured(
    hookscope_sandbox: HookscopeSandbox, captured_sync: AppCapturesSync, server: Server
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(hookscope_sandbox, "POST", object="page", callback_url=server.url, verify_token="other", fields="feed")
    refused.value.close()
    (handshake,) = captured_sync.captures
    assert handshake.handshake
    assert not handshake.handshake.accepted
    assert "HTTP Status Code = 403" in (handshake.handshake.reason or "")
    assert captured_sync.subscriptions == ()


def test_a_callback_of_an_account_is_found(
    hookscope_sandbox: HookscopeSandbox, meta_webhook_sync: MetaWebhookSync, server: Server, app: App
) -> None:
    register(hookscope_sandbox, server.url, "messages", "whatsapp_business_account")
    sent = urllib.parse.urlencode(
        {
            "access_token": hookscope_sandbox.user_token,
            "override_callback_uri": f"{server.url}?account",
            "verify_token": TOKEN,
        }
    ).encode()
    url = f"{hookscope_sandbox.url}/v25.0/{hookscope_sandbox.waba_id}/subscribed_apps"
    with urllib.request.urlopen(url, data=sent, timeout=30):
        pass
    answer = meta_webhook_sync.send("whatsapp_business_account.messages.text", to=hookscope_sandbox)
    assert answer.request.target == "/webhook?account"
    (event,) = app.events
    assert event.entry_id == hookscope_sandbox.waba_id
    assert event.value["metadata"]["phone_number_id"] == hookscope_sandbox.phone_number_id
    assert event.value["metadata"]["display_phone_number"] == hookscope_sandbox.display_phone_number


def test_the_sandbox_says_why_it_sends_nothing(
    hookscope_sandbox: HookscopeSandbox, meta_webhook_sync: MetaWebhookSync
) -> None:
    with pytest.raises(hookscope.UsageError, match="the app has no subscription to page") as refused:
        meta_webhook_sync.send("page.feed.comment", to=hookscope_sandbox)
    assert "expect_subscription" in (refused.value.hint or "")
    with pytest.raises(hookscope.UsageError, match="cannot tell which"):
        meta_webhook_sync.handshake(hookscope_sandbox, TOKEN)


def test_an_app_reads_what_a_notification_refers_to(
    hookscope_sandbox: HookscopeSandbox, meta_webhook_sync: MetaWebhookSync
) -> None:
    read: list[Any] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        (event,) = hookscope.parse(environ["wsgi.input"].read())
        url = f"{hookscope_sandbox.url}/v25.0/{event.value['comment_id']}"
        token = urllib.parse.urlencode({"access_token": hookscope_sandbox.page_token, "fields": "message"})
        with urllib.request.urlopen(f"{url}?{token}", timeout=30) as response:
            read.append(json.load(response))
        start_response("200 OK", [])
        return []

    meta_webhook_sync.send("page.feed.comment", to=app, set={"value.message": "read me"})
    assert read[0]["message"] == "read me"


def test_knobs_are_set(hookscope_sandbox: HookscopeSandbox, server: Server) -> None:
    hookscope_sandbox.set_knobs(failing_calls=1, call_failure="502")
    with pytest.raises(urllib.error.HTTPError) as refused:
        register(hookscope_sandbox, server.url)
    assert refused.value.code == 502
    refused.value.close()
    with pytest.raises(hookscope.UsageError, match="did you mean 'failing_calls'") as unknown:
        hookscope_sandbox.set_knobs(failing_call=1)
    (url,) = [word for word in str(unknown.value.hint).split() if word.startswith("http")]
    with urllib.request.urlopen(url, timeout=30) as response:
        assert "failing_calls" in json.load(response)["knobs"]


def test_a_page_that_need_not_install_the_app_gets_its_events(
    hookscope_sandbox: HookscopeSandbox, meta_webhook_sync: MetaWebhookSync, server: Server
) -> None:
    register(hookscope_sandbox, server.url)
    token = urllib.parse.quote(hookscope_sandbox.app_token)
    url = f"{hookscope_sandbox.url}/v25.0/{hookscope_sandbox.page_id}/subscribed_apps?access_token={token}"
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=30):
        pass
    with pytest.raises(hookscope.UsageError, match="the Page has not installed the app"):
        meta_webhook_sync.send("page.feed.comment", to=hookscope_sandbox)
    hookscope_sandbox.set_knobs(require_page_install=False)
    assert meta_webhook_sync.send("page.feed.comment", to=hookscope_sandbox).accepted


def test_nothing_is_left_of_a_sandbox(hookscope_app_secret: str) -> None:
    from hookscope.pytest_plugin.exchanges import Exchanges

    with HookscopeSandbox("42", hookscope_app_secret, Exchanges()) as sandbox:
        url = sandbox.url
        assert urllib.request.urlopen(f"{url}/sandbox/state", timeout=30).close() is None
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=30)
    assert "hookscope sandbox" not in {thread.name for thread in threading.enumerate()}


async def test_an_asyncio_app_registers_meanwhile(
    hookscope_sandbox: HookscopeSandbox, captured: AppCaptures, meta_webhook: MetaWebhook, server: Server
) -> None:
    waiting = asyncio.create_task(captured.expect_subscription("page", "feed", timeout=30))
    comment = asyncio.create_task(captured.expect("field:feed", timeout=30))
    await asyncio.sleep(0)
    assert not waiting.done()
    await asyncio.to_thread(register, hookscope_sandbox, server.url)
    assert (await waiting).fields == ("feed",)
    await meta_webhook.send("page.feed.like", to=hookscope_sandbox)
    assert (await comment).reply.status == 200


async def test_what_has_come_already_is_expected_without_waiting(
    captured: AppCaptures, meta_webhook: MetaWebhook, app: App
) -> None:
    await meta_webhook.send("page.feed.comment", to=app.wsgi)
    assert await captured.expect("field:feed", timeout=0) is captured.captures[0]


async def test_an_expectation_that_is_given_up_is_forgotten(captured: AppCaptures, meta_webhook: MetaWebhook) -> None:
    waiting = asyncio.create_task(captured.expect("field:feed", timeout=30))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await meta_webhook.send("page.feed.like", to=App(meta_webhook.app_secret).asgi)
    assert len(captured.captures) == 1


def test_an_unmet_expectation_shows_what_came(
    hookscope_sandbox: HookscopeSandbox,
    captured_sync: AppCapturesSync,
    meta_webhook_sync: MetaWebhookSync,
    server: Server,
) -> None:
    register(hookscope_sandbox, server.url)
    meta_webhook_sync.send("page.feed.like", to=server.url, fault="wrong_signature")
    with pytest.raises(AssertionError, match=r"^no capture matches 'field:feed comment' within 0\.01 s\n") as unmet:
        captured_sync.expect("field:feed comment", timeout=0.01)
    told = str(unmet.value)
    assert "#1  handshake  accepted  [200]" in told
    assert "#2  page.feed  like add  sig invalid  [401]" in told
    assert f"page (feed) → {server.url}" in told
    with pytest.raises(AssertionError, match="no active subscription to 'page' with feed, messages within") as unmet:
        captured_sync.expect_subscription("page", ["feed", "messages"], timeout=0.01)
    assert str(unmet.value).endswith(told.partition("\n")[2])


def test_a_filter_that_cannot_be_read_is_refused(captured_sync: AppCapturesSync) -> None:
    with pytest.raises(hookscope.UsageError):
        captured_sync.expect("field:(", timeout=30)
    with pytest.raises(hookscope.UsageError):
        captured_sync.matching("feld:feed")
