"""The editor, for commands: what is no JSON is told on the terminal, and can be put right there."""

import sys

import click

from hookscope.body_editor import edit
from hookscope.cli import output
from hookscope.views.sanitize import safe


def edit_body(body: bytes) -> bytes:
    """Let the user edit a body; the same bytes when nothing was changed. Raises UsageError."""
    return edit(body, _ask_again)


def _ask_again(problem: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.note(safe(problem))
    return click.confirm("Open the editor again?", default=True, err=True)
