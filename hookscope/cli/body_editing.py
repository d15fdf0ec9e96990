"""Let the user edit a body on a terminal, again as long as it does not fit."""

import sys

import click

from hookscope.body_editor import edit
from hookscope.cli import output
from hookscope.views.sanitize import sanitize


def edit_body(body: bytes) -> bytes:
    """Let the user edit a body; return the same bytes when nothing was changed. Raises UsageError."""
    return edit(body, _ask_again)


def _ask_again(problem: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.print_note(sanitize(problem))
    return click.confirm("Open the editor again?", default=True, err=True)
