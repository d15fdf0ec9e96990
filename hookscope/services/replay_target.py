"""The default target of a replay: one rule for commands, the control socket, the screen and exports.

It is the given address, else an application of the run that captured it: of several, the one with the worst delivery,
else the first whose route matches, else the first. If that run forwarded nowhere, or no run captured it, an address
must be given; for a shared log's history, the last run counts.
"""

from pathlib import Path

from hookscope import urls
from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture, Run, Source
from hookscope.outbound import routing


class ReplayTargets:
    """The targets of captures of one journal; `to` is an address for all of them."""

    def __init__(self, history: JournalReader, to: str | None = None) -> None:
        self._history = history
        self._to = None if to is None else urls.check_target(to)
        self._by_run: dict[int | None, Run | None] = {}

    @property
    def is_given(self) -> bool:
        """True if all captures go to one address."""
        return self._to is not None

    def find(self, capture: Capture) -> str | None:
        """Return the capture's target, or None when an address must be given."""
        if self._to:
            return self._to
        run = self._find_run(self._run_of(capture))
        if run is None or not run.targets:
            return None
        sent = self._history.forwarded_to(capture.replay_of or capture.id) if len(run.targets) > 1 else None
        return routing.default_target(capture, run.routes, run.targets, sent)

    def of(self, capture: Capture) -> str:
        """Return the capture's target. Raises UsageError when an address must be given."""
        if target := self.find(capture):
            return target
        raise self._missing(self._run_of(capture), capture.id)

    def check_run(self, run_id: int | None, capture_id: int) -> None:
        """Raise UsageError unless the run with that id, which received that capture, forwarded somewhere."""
        run = self._find_run(run_id)
        if run is None or not run.targets:
            raise self._missing(run_id, capture_id)

    def _missing(self, run_id: int | None, capture_id: int) -> UsageError:
        reason = f"no run captured #{capture_id}"
        if self._find_run(run_id) is not None:
            reason = f"the run that captured #{capture_id} had no forward target"
        return UsageError(reason, hint="name a target: --to URL, or R on the screen")

    def _run_of(self, capture: Capture) -> int | None:
        is_history = capture.run_id is None and capture.source is Source.SHARED
        return self._history.last_run_id() if is_history else capture.run_id

    def _find_run(self, run_id: int | None) -> Run | None:
        if run_id not in self._by_run:
            self._by_run[run_id] = self._history.run(run_id) if run_id else None
        return self._by_run[run_id]


def targets_of_runs(journal: Path) -> tuple[str, ...]:
    """Return the applications that a journal's runs forward to, those of the newest run first. Raises JournalError."""
    with JournalReader(journal) as history:
        return history.targets()


def default_target(journal: Path, capture_id: int) -> str | None:
    """Return the target of a replay when no address is given, or None when one must be. Raises JournalError."""
    with JournalReader(journal) as history:
        capture = history.capture(capture_id)
        return ReplayTargets(history).find(capture) if capture else None
