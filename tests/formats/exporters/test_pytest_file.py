"""The test file that an export makes, run by pytest in a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace

from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import export
from hookscope.meta.signature import Signature, SignatureVerdict, judge
from hookscope.model.record import Capture, Reply
from tests.support.captures import SECRET, feed_body, make_capture, make_handshake

VERIFY_TOKEN = "a+token&of ours"


class StrictApp:
    """An app that answers as Meta wants it to: right signatures, right handshakes, nothing else."""

    def __init__(self) -> None:
        self.secret = SECRET
        self.broken = False
        self.bodies: list[bytes] = []

    async def __aenter__(self) -> "StrictApp":
        self._runner = web.ServerRunner(web.Server(self._handle))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook?tenant=1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        if self.broken or request.path != "/hook" or request.query["tenant"] != "1":
            return web.Response(status=500)
        if request.method == "GET":
            right = request.query["hub.verify_token"] == VERIFY_TOKEN
            return web.Response(status=200 if right else 403, text=request.query["hub.challenge"])
        verdict = judge(request.raw_headers, body, [self.secret]).verdict
        return web.Response(status=200 if verdict is SignatureVerdict.VALID else 401)


@pytest.fixture
async def app() -> AsyncIterator[StrictApp]:
    async with StrictApp() as app:
        yield app


async def replay(folder: Path, captures: Iterable[Capture], options: Options, **environment: str) -> tuple[int, str]:
    """Exit code of pytest on the exported file, and what it said."""
    file = folder / "test_webhooks.py"
    file.write_bytes(export(captures, "pytest", options))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOOKSCOPE_", "PYTEST_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
        *("-c", os.devnull, "--rootdir", str(folder), str(file)),
        cwd=folder,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 50)
    return process.returncode or 0, said.decode()


def refused() -> list[Capture]:
    """Return a notification without a signature, and a handshake with another token."""
    unsigned = Signature(verdict=SignatureVerdict.MISSING)
    notification = make_capture(feed_body("unsigned"), id=5, reply=Reply(status=401), signature=unsigned)
    return [
        replace(notification, request=replace(notification.request, headers=())),
        make_handshake(accepted=False, id=6),
    ]


def captured() -> list[Capture]:
    wrong = make_capture(feed_body("not ours"), id=4)
    return [
        make_capture(feed_body("it's 'quoted' \"twice\" \\ é"), id=1),
        make_capture(bytes(range(256)) * 3, id=2),
        make_handshake(id=3),
        make_capture(
            id=4,
            request=wrong.request,
            reply=Reply(status=401),
            signature=Signature(verdict=SignatureVerdict.INVALID),
        ),
    ]


async def test_it_is_green_against_a_right_app(app: StrictApp, tmp_path: Path) -> None:
    given = captured()[:3]
    code, said = await replay(tmp_path, given, Options(to=app.url), HOOKSCOPE_VERIFY_TOKEN=VERIFY_TOKEN)
    assert code == 0, said
    assert "3 passed" in said
    assert app.bodies == [capture.request.body for capture in given]


@pytest.mark.slow
async def test_it_signs_anew_for_an_app_with_another_secret(app: StrictApp, tmp_path: Path) -> None:
    app.secret = "another secret"
    environment = {"HOOKSCOPE_APP_URL": app.url, "HOOKSCOPE_APP_SECRET": app.secret}
    code, said = await replay(tmp_path, captured(), Options(to="http://127.0.0.1:1/"), **environment)
    assert code == 0, said
    assert "3 passed, 1 skipped" in said


@pytest.mark.slow
async def test_refused_overrides_are_not_corrected(app: StrictApp, tmp_path: Path) -> None:
    environment = {"HOOKSCOPE_APP_SECRET": app.secret, "HOOKSCOPE_VERIFY_TOKEN": VERIFY_TOKEN}
    code, said = await replay(tmp_path, refused(), Options(to=app.url), **environment)
    assert code == 0, said
    assert "2 passed" in said


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["answers 500", "knows another secret", "is down"])
async def test_it_is_red_against_a_broken_app(app: StrictApp, tmp_path: Path, fault: str) -> None:
    app.broken = fault == "answers 500"
    app.secret = "another secret"
    url = "http://127.0.0.1:1/" if fault == "is down" else app.url
    code, said = await replay(tmp_path, captured()[:1], Options(to=url))
    assert code == 1, said
    assert "1 failed" in said


@pytest.mark.slow
@pytest.mark.parametrize("url", ["localhost:3000/hook", "3000", "http:/hook"])
async def test_an_address_that_is_no_url_is_said_to_be_none(tmp_path: Path, url: str) -> None:
    code, said = await replay(tmp_path, captured()[:1], Options(), HOOKSCOPE_APP_URL=url)
    assert code == 1
    assert f"HOOKSCOPE_APP_URL must be a full URL, such as http://localhost:3000/webhook: {url}" in said


def test_captures_of_nothing_are_nothing() -> None:
    assert export([], "pytest") == b""
