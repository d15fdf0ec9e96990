"""Shell completions from the journal and the filter language; none in case of doubt."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from hookscope.cli.common import config_of, journal_of
from hookscope.cli.config import load
from hookscope.errors import HookscopeError
from hookscope.filter import And
from hookscope.filter.completion import complete
from hookscope.filter.parser import KEYS
from hookscope.formats.capture_text import list_line
from hookscope.model.record import Capture
from hookscope.services.captures import captures_by_id, marked_refs, newest_captures
from hookscope.services.seen_values import seen_values

_MOST = 30
"""The number of newest captures that are offered, and of marked ones."""

_LINE = slice(len("#12345 "), 100)
"""The part of a listed line after the id, short enough for a menu."""

_OBJECT = re.compile(r"\bobject:(\w+)")
_SEEN = re.compile(r"\b(?:from|entry):\S*\Z", re.IGNORECASE)


def complete_id(ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
    """Return `last`, and the marked and newest captures whose ids begin with the text, each with its line."""
    items = [CompletionItem("last", help="the newest capture")]
    try:
        captures = _captures(_journal(ctx), only_marked=bool(ctx.params.get("unmark")))
    except (HookscopeError, OSError):  # A shell has no place for a message.
        captures = []
    items += [CompletionItem(str(one.id), help=list_line(one)[_LINE].strip()) for one in captures]
    return [item for item in items if item.value.startswith(incomplete)]


def complete_filter(ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
    """Return the filters that result from completing the last word."""
    found = complete(incomplete, _OBJECT.findall(incomplete), _seen(ctx) if _SEEN.search(incomplete) else {})
    is_new_word = found.start == len(incomplete) and incomplete.count('"') % 2 == 0
    options = [f"{key}:" for key in KEYS] if is_new_word else found.options
    return [CompletionItem(incomplete[: found.start] + option) for option in options]


def _seen(ctx: click.Context) -> Mapping[str, Sequence[str]]:
    try:
        journal = _journal(ctx)
        return seen_values(journal) if journal.exists() else {}
    except (HookscopeError, OSError):
        return {}


def _journal(ctx: click.Context) -> Path:
    """Return the journal named on the unfinished command line: option callbacks read no files during completion."""
    configured = load(config_of(ctx)).get("journal")
    chosen = ctx.find_root().meta
    if configured and not configured.risk:
        chosen.setdefault("hookscope.journal", configured.value)
    return journal_of(ctx)


def _captures(journal: Path, *, only_marked: bool) -> list[Capture]:
    """Return the captures to offer, each once, newest first."""
    if not journal.exists():
        return []
    marked = captures_by_id(journal, [ref.capture_id for ref in marked_refs(journal)[-_MOST:]])
    newest = [] if only_marked else newest_captures(journal, And(()), since=None, most=_MOST)
    found = {capture.id: capture for capture in (*marked, *newest)}
    return [found[capture_id] for capture_id in sorted(found, reverse=True)]
