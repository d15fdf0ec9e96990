"""The pytest plugin: fixtures that play Meta for an app under test, described in `docs/testing.md`.

pytest loads this module in every session where hookscope is installed, so it imports nothing of hookscope; a fixture
loads what it needs when a test asks for it.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookscope.model.record import Capture
    from hookscope.pytest_plugin.captured import AppCaptures, AppCapturesSync
    from hookscope.pytest_plugin.exchanges import Exchanges
    from hookscope.pytest_plugin.sandbox import HookscopeSandbox
    from hookscope.pytest_plugin.webhook import MetaWebhook
    from hookscope.pytest_plugin.webhook_sync import MetaWebhookSync

_REPLAY = "hookscope_replay"
_APP_ID = "1234567890123456"
_APP_SECRET = "5eb63bbbe01eeed093cb22bb8f5acdc3"  # noqa: S105  # It opens nothing but the sandbox of a test.


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_REPLAY}(file, filter='…'): run the test once for each capture of an exported NDJSON file, "
        "which the fixture `hookscope_capture` returns",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the test with the captures that its marker names."""
    if marker := metafunc.definition.get_closest_marker(_REPLAY):
        from hookscope.pytest_plugin.replays import parametrize

        parametrize(metafunc, marker)


@pytest.fixture
def hookscope_app_id() -> str:
    """The id of the app under test. Define a fixture of this name to choose another."""
    return _APP_ID


@pytest.fixture
def hookscope_app_secret() -> str:
    """The app secret that signs notifications. Define a fixture of this name to return the secret of your app."""
    return _APP_SECRET


@pytest.fixture
def _hookscope_exchanges() -> "Iterator[Exchanges]":
    from hookscope.pytest_plugin.exchanges import Exchanges

    exchanges = Exchanges()
    yield exchanges
    if forgotten := exchanges.calls.end():
        pytest.fail(
            f"{forgotten[0]}(…) was not awaited, and did nothing\n"
            "next: await it, or take the fixture whose name ends with _sync in a synchronous test",
            pytrace=False,
        )


@pytest.fixture
def hookscope_sandbox(
    hookscope_app_id: str, hookscope_app_secret: str, _hookscope_exchanges: "Exchanges"
) -> "Iterator[HookscopeSandbox]":
    """A Graph API on loopback, for synchronous and asyncio tests; it ends with the test."""
    from hookscope.pytest_plugin.sandbox import HookscopeSandbox

    with HookscopeSandbox(hookscope_app_id, hookscope_app_secret, _hookscope_exchanges) as sandbox:
        yield sandbox


@pytest.fixture
def meta_webhook(hookscope_app_secret: str, _hookscope_exchanges: "Exchanges") -> "MetaWebhook":
    """Sends to an app as Meta does, in asyncio tests: `await meta_webhook.send("page.feed.comment", to=app)`."""
    from hookscope.pytest_plugin.waiting import InLoop
    from hookscope.pytest_plugin.webhook import MetaWebhook

    return MetaWebhook(hookscope_app_secret, _hookscope_exchanges, InLoop())


@pytest.fixture
def meta_webhook_sync(hookscope_app_secret: str, _hookscope_exchanges: "Exchanges") -> "Iterator[MetaWebhookSync]":
    """Sends to an app as Meta does, in synchronous tests: `meta_webhook_sync.send("page.feed.comment", to=app)`."""
    from hookscope.pytest_plugin.loop_thread import LoopThread
    from hookscope.pytest_plugin.waiting import Blocking
    from hookscope.pytest_plugin.webhook import MetaWebhook
    from hookscope.pytest_plugin.webhook_sync import MetaWebhookSync

    with LoopThread("hookscope meta_webhook_sync") as thread:
        yield MetaWebhookSync(MetaWebhook(hookscope_app_secret, _hookscope_exchanges, Blocking(thread)))


@pytest.fixture
def captured(hookscope_sandbox: "HookscopeSandbox", _hookscope_exchanges: "Exchanges") -> "AppCaptures":
    """Observe what the app under test registered, received, and answered: `await captured.expect(…)`."""
    from hookscope.pytest_plugin.captured import AppCaptures
    from hookscope.pytest_plugin.waiting import InLoop

    return AppCaptures(_hookscope_exchanges, InLoop())


@pytest.fixture
def captured_sync(hookscope_sandbox: "HookscopeSandbox", _hookscope_exchanges: "Exchanges") -> "AppCapturesSync":
    """Observe what the app under test registered, received, and answered, in synchronous tests."""
    from hookscope.pytest_plugin.captured import AppCaptures, AppCapturesSync
    from hookscope.pytest_plugin.waiting import Blocking

    return AppCapturesSync(AppCaptures(_hookscope_exchanges, Blocking()))


@pytest.fixture
def hookscope_capture(request: pytest.FixtureRequest) -> "Capture":
    """One capture of the file that the test's marker names: `@pytest.mark.hookscope_replay("captures.ndjson")`."""
    found: Capture | None = getattr(request, "param", None)
    if found is None:
        pytest.fail(
            "hookscope_capture has no file to read; mark the test: @pytest.mark.hookscope_replay('captures.ndjson')",
            pytrace=False,
        )
    return found
