"""Starting one of our modules as another process, with the same interpreter."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from hookscope.secret_sources import is_secret_variable

_T = TypeVar("_T")

_START = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module of this very hookscope, installed or not.

    The working directory stays out of the search path: a `json.py` in the user's project must not replace the standard
    library's.
    """
    root = str(Path(__file__).parents[1])
    return [sys.executable, "-P", "-X", "utf8", "-c", _START, root, module, *arguments]


def environment() -> dict[str, str]:
    """Return our own environment without its secrets: a child receives those that it needs through a pipe."""
    return {name: value for name, value in os.environ.items() if not is_secret_variable(name)}


def read_line(descriptor: int) -> bytes:
    """Read a line from a pipe, and nothing behind it; the part that exists when the other end is closed."""
    said = bytearray()
    while not said.endswith(b"\n") and (more := os.read(descriptor, 1)):
        said += more
    return bytes(said)


async def in_thread(wait: Callable[[], _T]) -> _T:
    """Return what a call returns that waits for another process, in a thread that nothing waits for at the end."""
    import asyncio  # Processes are started before it is loaded, which takes as long as a third of their own start.

    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def tell(result: _T) -> None:
        if not done.done():
            done.set_result(result)

    def work() -> None:
        result = wait()
        with suppress(RuntimeError):  # The loop has ended; nobody is waiting.
            loop.call_soon_threadsafe(tell, result)

    threading.Thread(target=work, name="wait", daemon=True).start()
    return await done
