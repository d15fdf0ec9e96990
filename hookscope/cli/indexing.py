"""Indexing before a search, with a line about it."""

from pathlib import Path

from hookscope import filter as filters
from hookscope.cli import output


def index_before(journal: Path, wanted: str | None) -> None:
    """Index what a filter, if there is one, would have to look at one by one; tell whoever is waiting."""
    if not wanted:
        return
    from hookscope.services.indexing import index_for

    index_for(journal, filters.parse(wanted), on_start=_announce)
    output.passing(None)


def _announce(count: int) -> None:
    if output.draws_passing():
        output.passing(f"indexing {count:,} captures for this and later searches")
