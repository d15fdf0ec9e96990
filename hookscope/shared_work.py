"""Work on many parts that another process shares, in the order of the parts."""

from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import Self, TypeAlias

from hookscope.helper_process import HelperProcess

Bytes: TypeAlias = bytes | bytearray | memoryview
Work: TypeAlias = Callable[[Bytes], bytes | bytearray]

_ALONE = 4
"""The number of parts after which another process is started: by then there is as much to do as its start takes."""


def share(
    parts: Iterable[bytes], work: Work, module: str, *, setup: bytes | None = None
) -> Generator[Bytes, None, None]:
    """Yield what the work makes of each part, in order. It is gone when the generator goes on.

    Of many parts, a process that runs the module does every other one, as far as there is one: if it cannot be started,
    or is killed, all are done here. With a `setup`, which is its first message, it runs `serve_prepared`. A part is
    asked for before the results of two earlier ones are yielded.
    """
    waiting = iter(parts)
    for part in islice(waiting, _ALONE):
        yield work(part)
    with _Partner(work, module, setup) as partner:
        another = next(waiting, None)
        is_shared = partner.takes(another)
        while another is not None:
            if is_shared:
                ours = [work(part) for part in islice(waiting, 1)]
                results = [partner.result(), *ours]
            else:
                results = [work(another)]
            another = next(waiting, None)
            is_shared = partner.takes(another)  # Before the results are used, which takes time, too.
            yield from results


class _Partner:
    """The other process, started when there is a first part for it; a context manager."""

    def __init__(self, work: Work, module: str, setup: bytes | None) -> None:
        self._work = work
        self._module = module
        self._setup = setup
        self._process: HelperProcess | None = None
        self._was_started = self._is_ready = False
        self._part = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def takes(self, part: bytes | None) -> bool:
        """Give it a part, if there is one; return False if it is not ready for it."""
        if part is None:
            return False
        try:
            process = self._ready()
            if process:
                process.send(part)
        except EOFError:
            self._close()
            return False
        self._part = part
        return process is not None

    def result(self) -> Bytes:
        """Return the result of the part that it took; wait for it, or do it here if the process has ended."""
        assert self._process
        try:
            return self._process.receive()
        except EOFError:
            self._close()
            return self._work(self._part)

    def _ready(self) -> HelperProcess | None:
        if not self._was_started:
            self._was_started = True
            with suppress(OSError):  # There is no room for another process, and no need of it.
                self._process = HelperProcess(self._module)
        if self._process and not self._is_ready:
            self._is_ready = self._process.is_ready
            if self._is_ready and self._setup is not None:
                self._process.send(self._setup)
                self._process.receive()
        return self._process if self._is_ready else None

    def _close(self) -> None:
        if self._process:
            self._process.close()
        self._process, self._is_ready = None, False
