"""Indexing before a search, with a line about it."""

from pathlib import Path

from hookscope.cli import output
from hookscope.filter import Filter
from hookscope.services.indexing import index_for


def index_before(journal: Path, filter_: Filter) -> None:
    """Index what the filter would have to look at one by one, and tell whoever is waiting."""
    index_for(journal, filter_, tell=_tell)
    output.passing(None)


def _tell(count: int) -> None:
    if output.draws_passing():
        output.passing(f"indexing {count:,} captures for this and later searches")
