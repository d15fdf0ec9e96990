"""The sandbox as a process of its own: reports where it serves, and ends when its stdin closes.

It starts beside a run, so it loads little. The end of stdin says that the parent is gone, however it ended.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from contextlib import suppress

from hookscope import certificates
from hookscope.samples.business import Business, business_of
from hookscope.secret_sources import Secret


async def _serve(app_id: str | None, app_secret: Secret | None, business: Business) -> None:
    certificates.load_aiohttp()  # Before another module does.
    from hookscope.sandbox.server import SandboxServer

    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)

    def wait_for_the_parent() -> None:
        with suppress(OSError):
            while os.read(0, 1024):
                pass
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stopped.set)

    async with SandboxServer(app_id=app_id, app_secret=app_secret, business=business, scenario=True) as server:
        # A daemon that reads the bare descriptor: nothing waits for it when a signal ends the process first.
        threading.Thread(target=wait_for_the_parent, name="stdin", daemon=True).start()
        sys.stdout.write(json.dumps(server.address.to_json()) + "\n")
        sys.stdout.flush()
        gc.freeze()  # What is loaded stays.
        gc.enable()
        await stopped.wait()


def main() -> None:
    """Serve the demo until stdin ends or a signal comes, for the business that the environment names.

    The first line of stdin may name the app, as JSON: `{"app_id", "app_secret"}`, null for a made-up value.
    """
    gc.disable()  # None of what is loaded now is garbage.
    wanted = json.loads(_read_line() or "{}")
    secret = wanted.get("app_secret")
    with suppress(BrokenPipeError):
        asyncio.run(_serve(wanted.get("app_id"), Secret(secret) if secret else None, business_of(os.environ)))


def _read_line() -> bytes:
    """Return the first line of stdin, read without a buffer: its end is awaited on the bare descriptor."""
    line = b""
    while (read := os.read(0, 1)) not in (b"", b"\n"):
        line += read
    return line


if __name__ == "__main__":
    main()
