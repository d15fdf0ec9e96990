"""The screen in a real browser: a Chromium without a window, driven by Playwright."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.application import Application
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.program import Home, Program, start
from tests.support.until import until

pytest.importorskip("textual_serve", reason="needs hookscope[web]")
playwright = pytest.importorskip("playwright.async_api", reason="needs playwright")

_CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not _CHROMIUM, reason="no Chromium here"),
    needs_proc,
]

_SECONDS = 60


class Window:
    """A browser's window. `said` is all that the screen has written to it, `hosts` what the page has asked."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said = ""
        self.hosts: set[str] = set()
        self.refused: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("console", lambda message: self.refused.append(message.text) if "Refused" in message.text else None)
        page.on("websocket", lambda socket: socket.on("framereceived", self._keep))

    async def open(self, address: str) -> None:
        await self.page.goto(address)
        await self.page.wait_for_selector("body.-first-byte", state="attached", timeout=_SECONDS * 1000)

    async def sees(self, part: str) -> None:
        await until(lambda: part in self.said, seconds=_SECONDS)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    def _keep(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.said += re.sub(r"\x1b\[[0-9;:?]*[A-Za-z]", "", frame.decode("utf-8", "replace"))


@asynccontextmanager
async def _windows(count: int = 1) -> AsyncIterator[list[Window]]:
    """Open windows of one browser, each with a profile of its own."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        try:
            contexts = [await browser.new_context(viewport={"width": 1280, "height": 720}) for _ in range(count)]
            yield [Window(await context.new_page()) for context in contexts]
        finally:
            await browser.close()


async def _address(program: Program) -> str:
    await program.says("the screen: ")
    found = re.search(r"the screen: (http://127\.0\.0\.1:\d+/[\w-]+/) ", program.errors)
    assert found
    return found[1]


def _screen_of(program: Program) -> int:
    """Return the pid of the one screen that is shown."""
    return child_of(child_of(program.process.pid, "hookscope.web"), "hookscope.tui")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def test_the_screen_lists_filters_replays_and_quits_in_a_browser(home: Home) -> None:
    async with Application() as application:
        options = ("--sandbox", "--web", "--json", "--forward-to", application.url)
        async with start(home, "run", *options) as program, _windows(2) as (window, stranger):
            address = await _address(program)
            fetched = await stranger.page.context.request.get(address)
            assert fetched.status == 200
            await window.open(address)
            await program.next("delivery")
            await window.sees("page.feed")

            await window.press("f")
            await window.type("kind:handshake")
            await window.press("Enter")
            await window.sees("kind:handshake")
            await window.press("Escape")

            await window.press("G", "r")
            replayed = await program.next("delivery", cause="replay")
            assert replayed["status"] == 200

            answer = await stranger.page.goto(address)
            assert (answer.status, "opens once" in await answer.text()) == (403, True)
            assert window.hosts == {urlsplit(address).netloc}
            assert window.refused == []

            screen = _screen_of(program)
            await window.press("q")
            assert await program.end() == 0
            await until(lambda: not is_running(screen), seconds=_SECONDS)
            await window.page.wait_for_selector("body.-closed", state="attached", timeout=_SECONDS * 1000)


async def test_the_screen_ends_with_its_window_and_the_run_goes_on(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--web", "--json") as program:
        address = await _address(program)
        async with _windows() as (window,):
            await window.open(address)
            await window.sees("page.feed")
            screen = _screen_of(program)
        await until(lambda: not is_running(screen), seconds=_SECONDS)
        await program.next("capture", after=len(program.of("capture")))
        assert program.process.returncode is None


async def test_nothing_is_left_of_a_killed_run(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--web", "--json") as program, _windows() as (window,):
        await window.open(await _address(program))
        await window.sees("page.feed")
        server, screen = child_of(program.process.pid, "hookscope.web"), _screen_of(program)
        await program.kill()
        await until(lambda: not is_running(server) and not is_running(screen), seconds=_SECONDS)


async def test_another_window_is_attached_to_a_live_run(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--json") as run:
        await run.next("subscription.active")
        async with start(home, "attach", "--web") as view, _windows() as (window,):
            await window.open(await _address(view))
            await window.sees("attached")
            await run.kill()
            await view.end()
