"""Ctrl-C, where nothing but Ctrl-C happens."""

import subprocess
import sys

_PROGRAM = """
import asyncio, signal, threading
from hookscope.cli.asyncio_runner import run_async

async def main():
    # Given to another thread, the signal does not interrupt the waiting for events.
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
    try:
        await asyncio.Event().wait()
    finally:
        print("cancelled", flush=True)

try:
    run_async(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_wakes_what_waits_for_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "cancelled\ninterrupted\n"
