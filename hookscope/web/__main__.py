"""`python -m hookscope.web` serves the screen of a run until its parent ends."""

import argparse
import asyncio
import logging
import signal
import socket
import sys

from aiohttp import web

from hookscope import subprocesses
from hookscope.web.server import ScreenServer


def main() -> int:
    """Parse the command line and serve.

    The parent's first line is the key in the printed address; the second one is for the screens' processes.
    """
    parser = argparse.ArgumentParser(prog="hookscope.web", description="Serve the screen of a run on loopback.")
    parser.add_argument("--socket", required=True, metavar="PATH", help="the run's control socket")
    parser.add_argument("--journal", required=True, metavar="FILE", help="the journal that it writes")
    parser.add_argument("--attached", action="store_true", help="the run was not started together with this view")
    parser.add_argument("--listener", required=True, type=int, metavar="FD", help="the listening socket")
    parser.add_argument("--parent", required=True, type=int, metavar="FD", help="a pipe that ends with the parent")
    given = parser.parse_args()
    key, line = subprocesses.read_line(given.parent).decode().strip(), subprocesses.read_line(given.parent)
    listener = socket.socket(fileno=given.listener)
    host, port = listener.getsockname()
    screen = ["--socket", given.socket, "--journal", given.journal, *(["--attached"] if given.attached else [])]
    server = ScreenServer(authority=f"{host}:{port}", key=key, arguments=screen, line=line)
    logging.getLogger("textual-serve").addHandler(logging.NullHandler())
    asyncio.run(_serve(server, listener, given.parent))
    return 0


async def _serve(server: ScreenServer, listener: socket.socket, parent: int) -> None:
    """Serve until the parent ends, or asks for the end."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.add_reader(parent, over.set)
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    await over.wait()
    loop.remove_reader(parent)
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
