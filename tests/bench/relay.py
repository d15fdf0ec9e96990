"""Measure how many signed notifications a second a relay appends to a shared log, durably, before their answer.

The log is on PostgreSQL; the journal of SQLite is measured beside it, in the same run.

    python -m tests.bench.relay [CONNECTIONS [SECONDS]]

It starts a PostgreSQL of its own, with the settings that it has by default. The ratios are the figures to compare: at
least 0.6 of the journal's rate, and at most 1.5 times its p99.
"""

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from hookscope.team.address import LogAddress, check_address
from hookscope.team.opening import initialize_log, open_log
from hookscope.team.writer import LogWriter
from tests.bench.capture import KIBIBYTE, measure, serve_journal, serve_receiver
from tests.support.captures import feed_body
from tests.support.postgres_server import own_postgres

_BODIES = (KIBIBYTE, feed_body("x" * (64 << 10)))
_ROUNDS = 3


async def _serve_log(address: LogAddress, tell: Callable[[int], Awaitable[None]]) -> None:
    async with open_log(address, app_id="1") as log, LogWriter(log, relay="bench") as writer:
        await serve_receiver(writer, tell)


def _compare(url: str, body: bytes, connections: int, seconds: float) -> None:
    """Measure both, alternating, and print a table with the medians of the ratios."""
    address = check_address(url, log=f"bench_{uuid4().hex[:12]}")
    asyncio.run(initialize_log(address))
    print(f"{connections} connections, {len(body)} bytes, {seconds:g} s each")
    ratios, slower = [], []
    for _ in range(_ROUNDS):
        rates, tails = [], []
        for name, server in (("journal", serve_journal), ("shared log", partial(_serve_log, address))):
            rate, p50, p99 = measure(server, body, connections, seconds)
            rates.append(rate)
            tails.append(p99)
            print(f"{name:<14} {rate:8,.0f}/s   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms")
        ratios.append(rates[1] / rates[0])
        slower.append(tails[1] / tails[0])
    print(f"rate           {statistics.median(ratios):.2f}   (min {min(ratios):.2f}, max {max(ratios):.2f})")
    print(f"p99            {statistics.median(slower):.2f}   (min {min(slower):.2f}, max {max(slower):.2f})")


def main() -> None:
    """Measure with small and with large bodies."""
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 4.0
    with own_postgres(shared_buffers="128MB") as server:
        for body in _BODIES:
            _compare(server.url(), body, connections, seconds)


if __name__ == "__main__":
    main()
