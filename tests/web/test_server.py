"""The server without a screen: who is let in, and how the page keeps to itself."""

import re
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, WSServerHandshakeError, web

pytest.importorskip("textual_serve", reason="needs hookscope[web]")

from hookscope.web.server import ScreenServer, size

KEY = "the-printed-key"


class Served:
    """A running server, asked by a client that follows no redirect."""

    def __init__(self, session: ClientSession, authority: str) -> None:
        self.session = session
        self.authority = authority
        self.origin = f"http://{authority}"

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        url, names = self.origin + path, {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(url, headers=names, allow_redirects=False) as answer:
            return answer.status, dict(answer.headers), await answer.text()

    async def opened(self) -> str:
        """Open the printed address; return the path that it leads to."""
        status, headers, _ = await self.get(f"/{KEY}/")
        assert status == 303
        return headers["Location"]

    async def refusal(self, path: str, origin: str | None) -> int:
        """Return the status with which a websocket is refused."""
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(WSServerHandshakeError) as refused:
            await self.session.ws_connect(self.origin + path, headers=headers)
        return refused.value.status


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        authority = "{}:{}".format(*listener.getsockname())
        server = ScreenServer(authority=authority, key=KEY, arguments=["--socket", "/nowhere"], line=b"[[], {}]\n")
        runner = web.AppRunner(server.application())
        await runner.setup()
        await web.SockSite(runner, listener).start()
        async with ClientSession() as session:
            yield Served(session, authority)
        await runner.cleanup()


async def test_the_printed_address_leads_to_the_screen(served: Served) -> None:
    path = await served.opened()
    assert re.fullmatch(r"/[\w-]{43}/", path)
    assert KEY not in path
    for _ in range(2):  # A reload is no second opening.
        status, _, page = await served.get(path)
        assert (status, f"ws://{served.authority}{path}screen" in page) == (200, True)


async def test_whatever_only_fetches_the_printed_address_leaves_it_to_the_browser(served: Served) -> None:
    fetched, opened = await served.opened(), await served.opened()
    assert (await served.get(opened))[0] == 200
    status, _, refusal = await served.get(fetched)
    assert (status, "hookscope attach --web" in refusal) == (403, True)


async def test_no_other_address_opens_it(served: Served) -> None:
    for path in ("/wrong/", f"/{KEY}x/", f"/{KEY}", "/", "/..%2fetc/"):
        status, _, text = await served.get(path)
        assert (status in (403, 404), KEY in text) == (True, False), path
    await served.opened()


async def test_a_browser_that_only_prefetches_does_not_spend_the_key(served: Served) -> None:
    assert (await served.get(f"/{KEY}/", Sec_Purpose="prefetch;prerender"))[0] == 503
    async with served.session.head(f"{served.origin}/{KEY}/") as answer:
        assert answer.status == 405
    await served.opened()


async def test_no_other_name_for_this_machine_is_served(served: Served) -> None:
    for host in ("rebound.example", "localhost:1", served.authority.partition(":")[0]):
        assert (await served.get(f"/{KEY}/", Host=host))[0] == 421
    await served.opened()


async def test_a_websocket_is_for_the_page_only(served: Served) -> None:
    path = await served.opened()
    for origin in (None, "http://evil.example", f"http://localhost:{served.authority.partition(':')[2]}", "null"):
        assert await served.refusal(f"{path}screen", origin) == 403
    for key in (KEY, "wrong"):
        assert await served.refusal(f"/{key}/screen", served.origin) == 403


async def test_the_page_loads_nothing_from_elsewhere(served: Served) -> None:
    path = await served.opened()
    _, headers, page = await served.get(path)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named
    for part in named:
        if not part.startswith("data:"):
            assert (await served.get(part))[0] == 200, part


def test_a_size_that_makes_no_sense_is_bounded() -> None:
    said: list[tuple[object, object]] = [(None, None), ("100", "30"), ("1e9", []), (10**9, -1), ("9" * 5000, 0)]
    said.append((float("inf"), float("nan")))
    assert [size(*one) for one in said] == [(80, 24), (100, 30), (80, 24), (500, 1), (80, 1), (80, 24)]
