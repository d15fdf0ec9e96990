"""Relays as real processes, between a Graph API that counts what is changed and a real PostgreSQL."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from msgspec import Struct, field

from hookscope.meta.signature import sign_headers
from hookscope.team.address import check_address
from hookscope.team.entry import SharedCapture, decode
from hookscope.team.followers import LogStatus
from hookscope.team.opening import initialize_log, open_log
from tests.e2e.conftest import Graph
from tests.support.captures import feed_body
from tests.support.program import Home, Program, start
from tests.support.until import until

PATH = "/meta"


class CountingProxy:
    """Passes on what is asked of a Graph API; `writes` are the calls that change something, with who made each."""

    def __init__(self, graph_url: str) -> None:
        self._graph_url = graph_url
        self.writes: list[str] = []

    async def __aenter__(self) -> "CountingProxy":
        self._session = ClientSession()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
        headers = {name: value for name, value in request.headers.items() if name.lower() in ("content-type",)}
        url = f"{self._graph_url}{request.path_qs}"
        async with self._session.request(request.method, url, data=io.BytesIO(body), headers=headers) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() == "content-type"}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


class Balancer:
    """One address for several receivers: each connection waits for a first one, and goes to the next that takes it."""

    def __init__(self) -> None:
        self._ports: list[int] = []
        self._has_ports = asyncio.Event()

    async def __aenter__(self) -> "Balancer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def add(self, port: int) -> None:
        """Send connections to one more receiver as well."""
        self._ports.append(port)
        self._has_ports.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._has_ports.wait()
        for _ in range(len(self._ports)):
            self._ports.append(self._ports.pop(0))
            with suppress(OSError):
                back, forth = await asyncio.open_connection("127.0.0.1", self._ports[-1])
                await asyncio.gather(_pump(reader, forth), _pump(back, writer))
                return
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


class Senders(Struct, dict=True):
    """Meta's servers: post notifications, each its own, until they are stopped, and note how each was answered."""

    secret: str
    kept: list[str] = field(default_factory=list)
    refused: int = 0
    broken: int = 0
    _count: int = 0

    async def one(self, session: ClientSession, url: str) -> int | None:
        """Send a notification; return the answer's status, None without one."""
        self._count += 1
        message = f"n{self._count}"
        body = feed_body(message)
        headers = {"Content-Type": "application/json", **dict(sign_headers(body, self.secret))}
        try:
            async with session.post(url, data=io.BytesIO(body), headers=headers) as answer:
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            self.broken += 1
            await asyncio.sleep(0.02)
            return None
        if status == 200:
            self.kept.append(message)
        else:
            self.refused += 1
            await asyncio.sleep(0.02)
        return status

    async def more(self, count: int) -> None:
        """Wait until so many more were answered 200."""
        wanted = len(self.kept) + count
        await until(lambda: len(self.kept) >= wanted)

    async def send(self, url: Callable[[], str], count: int = 32) -> None:
        """Send with so many at once, until it is cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=20)) as session:

            async def go() -> None:
                while True:
                    await self.one(session, url())

            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(go())


class Team(Struct, dict=True):
    """An app, its log, and the machines of its relays."""

    graph: Graph
    proxy: CountingProxy
    log_url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOOKSCOPE_GRAPH_URL": self.proxy.url,
            "HOOKSCOPE_APP_ID": self.graph.app_id,
            "HOOKSCOPE_APP_SECRET": self.graph.secret,
            "HOOKSCOPE_LOG": self.log_url,
        }

    def machine(self, name: str) -> Home:
        """Return a machine, with a ledger of its own."""
        folder = self.folder / name
        return Home(folder)

    def relay(
        self, home: Home, *arguments: str, port: int = 0, **environment: str
    ) -> AbstractAsyncContextManager[Program]:
        """Start a relay on a machine."""
        given = ("relay", "--json", "--path", PATH, "--port", str(port), "--as", home.folder.name)
        return start(home, *given, *arguments, environment={**self.environment, **environment})

    async def entries(self) -> list[SharedCapture]:
        """Return everything in the log."""
        found: list[SharedCapture] = []
        async with open_log(check_address(self.log_url)) as log:
            while page := await log.read(after=found[-1].capture.id if found else log.about.first - 1):
                found += map(decode, page)
        return found

    async def everything(self) -> bytes:
        """Return all bytes that the log's tables hold."""
        import psycopg

        async with await psycopg.AsyncConnection.connect(self.log_url) as connection:
            entries = await connection.execute("SELECT head, body FROM hookscope.entries")
            told = [part for row in await entries.fetchall() for part in row]
            for table in (b"log", b"lease", b"followers"):
                rows = await connection.execute(b"SELECT * FROM hookscope." + table)
                told += [
                    part if isinstance(part, bytes) else repr(part).encode()
                    for row in await rows.fetchall()
                    for part in row
                ]
        return b"\n".join(told)

    async def messages(self) -> list[str]:
        """Return the messages of the notifications in the log, in order."""
        kept = [one.capture for one in await self.entries()]
        return [capture.events[0].summary.rpartition(" ")[2].strip("“”\"'") for capture in kept if capture.events]

    async def status(self) -> LogStatus:
        """Return what is known about the log now."""
        async with open_log(check_address(self.log_url)) as log:
            return await log.status()


async def leads(relay: Program) -> None:
    """Wait until a relay has registered: after another one that could not leave its lease in time, when that ends."""
    await relay.next("subscription.active", seconds=80)


@pytest.fixture
async def team(graph: Graph, database: str, tmp_path: Path) -> AsyncIterator[Team]:
    await initialize_log(check_address(database))
    async with CountingProxy(graph.server.url) as proxy:
        yield Team(graph, proxy, database, tmp_path / "machines")
