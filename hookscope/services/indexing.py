"""The index for search, where no idle run fills it: beside a run after an import, and else before a search."""

from collections.abc import Callable
from pathlib import Path

from hookscope import filter as filters
from hookscope import run_registry
from hookscope.errors import JournalError
from hookscope.filter import Filter
from hookscope.model.timestamps import now

_WORTH_IT = 256
"""To look at so many takes no longer than a command does to start."""


def index_imported(journal: Path, *, tell: Callable[[], object] = lambda: None) -> None:
    """Index what was imported if a run uses the journal: it would need a second for a thousand.

    Otherwise the next search does it, if there is one before the next run. Raises JournalError.
    """
    if run_registry.of_journal(journal):
        tell()
        _index(journal)


def index_for(journal: Path, filter_: Filter, *, tell: Callable[[int], object] = lambda _: None) -> None:
    """Index the captures that a filter would have to look at, if there are many, which takes as long as that.

    `tell` is called with their number before it begins. A run that is live does it by itself, and a journal that cannot
    be written is searched as it is.
    """
    from hookscope.journal.list_reader import ListReader

    try:
        with ListReader(journal) as history:
            behind = history.count_unindexed(filters.compile_query(filter_, now()))
        if behind >= _WORTH_IT and not run_registry.of_journal(journal):
            tell(behind)
            _index(journal)
    except JournalError:
        return


def _index(journal: Path) -> None:
    from hookscope.journal.editor import JournalEditor

    with JournalEditor(journal) as editor:
        editor.catch_up()
