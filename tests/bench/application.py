"""An application in a process of its own, which counts what it receives."""

import asyncio
import hashlib
import multiprocessing
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection

from tests.bench.answering import Answering

_QUIET_SECONDS = 10.0


def _serve(count: int, port: int, pipe: Connection) -> None:
    async def serve() -> None:
        digests: list[bytes] = []
        last = time.perf_counter()
        done = asyncio.Event()

        def take(_: Mapping[bytes, bytes], body: bytes) -> None:
            nonlocal last
            digests.append(hashlib.sha256(body).digest())
            last = time.perf_counter()
            if len(digests) == count:
                done.set()

        server = await asyncio.get_running_loop().create_server(lambda: Answering(take), "127.0.0.1", port)
        pipe.send(server.sockets[0].getsockname()[1])
        while not done.is_set() and not (digests and time.perf_counter() - last > _QUIET_SECONDS):
            await asyncio.wait({asyncio.ensure_future(done.wait())}, timeout=0.5)
        pipe.send((last, digests))
        server.close()

    asyncio.run(serve())


class Application:
    """The application. It ends when it has received so many requests, or none for ten seconds after the first."""

    def __init__(self, count: int, port: int = 0) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve, args=(count, port, theirs), daemon=True)
        self._process.start()
        self.port: int = self._ours.recv()
        self.url = f"http://127.0.0.1:{self.port}/hook"

    async def result(self) -> tuple[float, list[bytes]]:
        """Return the time of the last one, and the digests of all in the order of arrival."""
        async with asyncio.timeout(300):
            while not self._ours.poll():
                await asyncio.sleep(0.01)
        found: tuple[float, list[bytes]] = self._ours.recv()
        self._process.join()
        return found

    async def arrived(self, bodies: Sequence[bytes]) -> tuple[float, int]:
        """Return the time of the last one, and how many of these bodies have arrived as they are."""
        ended, digests = await self.result()
        wanted = Counter(hashlib.sha256(body).digest() for body in bodies)
        return ended, (wanted & Counter(digests)).total()
