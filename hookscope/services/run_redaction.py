"""Redact what only live runs know to be secret, such as an app secret that was typed where one was started."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope import run_registry
from hookscope.errors import HookscopeError
from hookscope.formats.redaction import redact_elsewhere
from hookscope.model.record import Capture

if TYPE_CHECKING:
    from hookscope.control.client import ControlClient
    from hookscope.run_registry import LiveRun

Scrub = Callable[[Sequence[Capture]], Sequence[Capture]]
TakeOut = Callable[[Sequence[bytes]], Sequence[bytes]]


@contextmanager
def redaction_by_runs(journal: Path | None) -> Iterator[Scrub]:
    """Have every live run of a journal, if one is given, redact captures. Do not use it in an event loop.

    Runs that end meanwhile are skipped. Raises HookscopeError for a live one that does not answer.
    """
    if journal is None or not run_registry.of_journal(journal):
        yield lambda captures: captures
        return
    with text_redaction_by_runs(journal) as take_out:
        yield partial(redact_elsewhere, take_out=take_out)


@contextmanager
def text_redaction_by_runs(journal: Path) -> Iterator[TakeOut]:
    """Have every live run of a journal redact texts, as `redaction_by_runs` does with captures."""
    runs = run_registry.of_journal(journal)
    if not runs:
        yield lambda texts: texts
        return
    for run in runs:
        run_registry.check_answers(run)
    from hookscope.control.client import ControlClient

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            asked = [(run, runner.run(stack.enter_async_context(ControlClient(run.address)))) for run in runs]
            yield lambda texts: _take_out(texts, asked, runner)
        finally:
            runner.run(stack.aclose())


def _take_out(
    texts: Sequence[bytes], asked: "list[tuple[LiveRun, ControlClient]]", runner: asyncio.Runner
) -> Sequence[bytes]:
    for run, client in tuple(asked):
        try:
            texts = runner.run(client.redact(texts))
        except HookscopeError:
            if run in run_registry.find():
                raise
            asked.remove((run, client))
    return texts
