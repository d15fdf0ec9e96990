"""Where a capture goes when it is sent again: one rule for the command, the control socket and the screen.

To the address that is given, else to the application of the run that captured it: of several to the one that it was
sent to and that needs it most, else to the first whose route wants it, else to the first. Where that run forwarded
nowhere, or no run captured it, an address must be given.
"""

from hookscope import urls
from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture, Run
from hookscope.outbound import routing


class ReplayTargets:
    """The targets of captures of one journal; `to` is an address for all of them."""

    def __init__(self, history: JournalReader, to: str | None) -> None:
        self._history = history
        self._to = None if to is None else urls.check_target(to)
        self._by_run: dict[int | None, Run] = {}

    @property
    def is_given(self) -> bool:
        """Whether all captures go to one address."""
        return self._to is not None

    def of(self, capture: Capture) -> str:
        """Return the capture's target. Raises UsageError."""
        if self._to:
            return self._to
        run = self.run(capture.run_id, capture.id)
        sent = self._history.forwarded_to(capture.replay_of or capture.id) if len(run.targets) > 1 else None
        return routing.default_target(capture, run.routes, run.targets, sent)

    def run(self, number: int | None, capture: int) -> Run:
        """Return the run of that number, which took that capture. Raises UsageError unless it forwarded somewhere."""
        if number not in self._by_run:
            run = self._history.run(number) if number else None
            if run is None or not run.targets:
                reason = f"the run that captured #{capture} forwarded nowhere" if run else f"no run captured #{capture}"
                raise UsageError(reason, hint="say where to: --to URL, or R on the screen")
            self._by_run[number] = run
        return self._by_run[number]
