"""The helper process in which a tunnel's program runs.

It reads one line of JSON on stdin, `{"argv", "unset", "folder"}`, and reports on stdout, one object a line, each with
an `event`:

- `agent`: the `pid` of the program;
- `line`: a line that it wrote to stdout or stderr, in `text`, without control sequences;
- `failed`: it could not be started, `message` says why; `down`: it has ended, with `status`.

The program's stdin stays open and empty, since a remote shell ends with its stdin. When the helper's own stdin ends, as
it does however hookscope ends, or the program has ended, the whole process group ends.
"""

import os
import re
import select
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from hookscope.tunnel.helper import Helper, MessageSender, end_gently, run

_CHUNK = 1 << 16
_LONGEST_LINE = 2000
_LINES_A_SECOND = 200
_URLS_A_SECOND = 1000
"""The limits of output that is passed on; lines with a URL are passed on longest."""

_PROMPT = 0.5
"""Seconds after which an unfinished line is passed on: some programs never end one."""

_DRAIN = 0.5
_ENDS = re.compile(rb"[\r\n]+")
_STEERS = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b.?|[^\S ]|[\x00-\x1f\x7f-\x9f]")


class _Host(Helper):
    """One program, from its start to its end."""

    def __init__(self, wanted: Mapping[str, Any], messages: MessageSender) -> None:
        super().__init__(wanted, messages)
        self._program: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """Start the program, pass its lines on, and wait for its end."""
        try:
            program = self._program = self._start()
        except OSError as error:
            self._messages.send("failed", message=error.strerror or str(error))
            self.leave()
        self._messages.send("agent", pid=program.pid)
        reader = threading.Thread(target=self._pass_on, args=(program,), daemon=True)
        reader.start()
        status = program.wait()
        reader.join(_DRAIN)  # A child of the program may hold the pipe open.
        self._messages.send("down", status=status)
        self.leave()

    def _end(self) -> None:
        end_gently(self._program)

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._wanted["argv"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if name not in self._wanted["unset"]},
        )

    def _pass_on(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdout
        second, count = 0.0, 0
        for line in _lines(program.stdout.fileno()):
            text = clean(line)
            if time.monotonic() - second > 1:
                second, count = time.monotonic(), 0
            if text and count < (_URLS_A_SECOND if "://" in text else _LINES_A_SECOND):
                count += 1
                self._messages.send("line", text=text)


def clean(line: bytes) -> str:
    """Return a line as text without escape sequences and control characters, at most 2000 characters."""
    return _STEERS.sub("", line[: 4 * _LONGEST_LINE].decode(errors="replace")).strip()[:_LONGEST_LINE]


def _lines(descriptor: int) -> Iterator[bytes]:
    """Yield the lines that come, without their ends; a very long one is cut."""
    rest = b""
    while True:
        if rest and not select.select([descriptor], [], [], _PROMPT)[0]:
            yield rest
            rest = b""
        chunk = os.read(descriptor, _CHUNK)
        *lines, rest = _ENDS.split(rest + chunk)
        yield from lines
        if not chunk:
            yield rest
            return
        rest = rest[-_CHUNK:]


if __name__ == "__main__":
    run(_Host)
