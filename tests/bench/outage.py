"""An application that is down for a minute while notifications go on coming: what it has got in the end.

    python -m tests.bench.outage [SECONDS [COUNT]]

The whole program at a sandbox. Everything must arrive, in order and once; how long the rest takes is told.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from hookscope.sandbox.server import SandboxServer
from tests.bench.bursts import post
from tests.bench.whole.running import sandbox_environment
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.program import Home, start
from tests.support.until import until


async def _measure(seconds: float, count: int) -> None:
    bodies = [feed_body(f"number {number}") for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        async with SandboxServer(scenario=False) as sandbox:
            secret = sandbox.address.app_secret.reveal()
            application = Application()
            async with application:
                pass  # Its port is known, and nobody listens.
            arguments = ("run", "--output", "plain", "--forward-to", application.url)
            async with start(Home(Path(folder)), *arguments, environment=sandbox_environment(sandbox)) as run:
                await run.says("registered page")
                (subscription,) = sandbox.world.subscriptions(sandbox.address.app_id)
                for body in bodies:
                    await post(subscription.callback_url, [body], secret, 1)
                    await asyncio.sleep(seconds / count)
                async with application:
                    back = time.perf_counter()
                    await until(lambda: len(application.received) >= count, seconds=60)
                    elapsed = time.perf_counter() - back
    assert [sent.body for sent in application.received] == bodies
    print(f"down for {seconds:g} s: {count} of {count} arrived in order and once, {elapsed:.2f} s after it was back")


if __name__ == "__main__":
    asyncio.run(
        _measure(float(sys.argv[1]) if len(sys.argv) > 1 else 60, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
    )
