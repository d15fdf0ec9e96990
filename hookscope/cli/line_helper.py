"""Lines that another process makes under load: they take a third of the time of a run that has much to do."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hookscope.cli import output
from hookscope.cli.stdout import StdoutWriter
from hookscope.model.run_events import RunEvent
from hookscope.settings import Output

if TYPE_CHECKING:
    from hookscope.helper_process import HelperProcess

_MANY = 64
"""The items that come together only under load."""

_WORTH_IT = 1024
"""The number of such items after which the process is started: making their lines has taken as long as that does."""


class LineHelper:
    """Writes lines that a process of its own makes; a context manager. A run without load never starts the process.

    If it ends before the run does, the run makes its lines by itself from then on.
    """

    def __init__(self, mode: Output) -> None:
        self._mode = mode
        self._came_together = 0
        self._process: HelperProcess | None = None
        self._pack: Callable[[Sequence[RunEvent], Output], bytes]
        self.is_working = False
        """True while the process makes the lines."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.close()

    async def write(self, batch: Sequence[RunEvent], writer: StdoutWriter) -> bool:
        """Write the lines of a batch; return False, with nothing written, if the caller must make them.

        Raises OSError when stdout cannot be written.
        """
        self._start_under_load(len(batch))
        if not self._process:
            return False
        try:
            self.is_working = self.is_working or self._process.is_ready
            if self.is_working:
                await writer.write_result(partial(self._text_of, self._process, batch))
        except UnicodeEncodeError:  # Half a character, which cannot be packed.
            return False
        except EOFError:
            self._give_up(self._process)
        return self.is_working

    def _text_of(self, process: "HelperProcess", batch: Sequence[RunEvent]) -> memoryview:
        """Return the text of a batch, which the next call overwrites."""
        process.send(self._pack(batch, self._mode))
        return process.receive()

    def _start_under_load(self, count: int) -> None:
        """Start the process, once, as soon as there has been much to do."""
        if count < _MANY or self._came_together >= _WORTH_IT:
            return
        self._came_together += count
        if self._came_together >= _WORTH_IT:
            with suppress(OSError):  # There is no room for another process, or its code, and no need of it.
                from hookscope.formats.packed_items import pack
                from hookscope.helper_process import HelperProcess

                self._pack = pack
                self._process = HelperProcess("hookscope.formats.line_worker", self._mode)

    def _give_up(self, process: "HelperProcess") -> None:
        self._process, self.is_working = None, False
        process.close()
        output.print_note("the process that made the lines has ended; the run makes them itself, and nothing is lost")
