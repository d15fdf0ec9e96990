"""The index for search, filled before a search where no run does it whenever it is idle, as after an import."""

from collections.abc import Callable
from pathlib import Path

from hookscope import filter as filters
from hookscope import run_registry
from hookscope.errors import JournalError
from hookscope.filter import Filter
from hookscope.journal.list_reader import ListReader
from hookscope.model.timestamps import now

_WORTH_IT = 256
"""The captures from which on it is worth it: to look at fewer takes no longer than a command does to start."""


def index_for(journal: Path, filter_: Filter, *, on_start: Callable[[int], object] = lambda _: None) -> None:
    """Index the captures that a filter would have to look at, if there are many, which takes as long as that.

    `on_start` is called with their number. Beside a run nothing is done: notifications would have to wait for it. A
    journal that cannot be written is searched as it is.
    """
    try:
        with ListReader(journal) as history:
            behind = history.count_unindexed(filters.compile_query(filter_, now()))
        if behind >= _WORTH_IT and not run_registry.of_journal(journal):
            from hookscope.journal.editor import JournalEditor  # Seldom needed.

            on_start(behind)
            with JournalEditor(journal) as editor:
                editor.catch_up()
    except JournalError:
        return
