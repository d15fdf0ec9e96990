"""Reads the events of a very large body in a process of its own, which sends them back.

The decoder holds the interpreter's lock until a whole body is decoded, and its values are released under that lock:
up to 0.4 s for the largest bodies, for which a thread would stop the screen.
"""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope import subprocesses
from hookscope.errors import JournalError

if TYPE_CHECKING:
    from hookscope.meta.summaries.story import Story

LARGE = 512 << 10
"""Bodies over this are worth a process: a thread would hold the lock for more than some 20 ms."""


def read_events(journal: Path, capture_id: int) -> "tuple[tuple[Story, ...], str | None]":
    """Return the events of a body, and its problem; blocks until they are there. Raises JournalError."""
    command = subprocesses.module_command(__name__, str(journal), str(capture_id))
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=subprocesses.environment(), check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise JournalError("a large body could not be read", hint="open it") from error
    events, problem = pickle.loads(done.stdout)  # noqa: S301 - from ourselves
    return events, problem


def _main() -> None:
    from hookscope.services.captures import open_history

    journal, capture_id = sys.argv[1:]
    with open_history(Path(journal)) as history:
        sys.stdout.buffer.write(pickle.dumps(history.events(int(capture_id)), pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    _main()
