"""Asking before something is changed."""

import sys

import click

from hookscope.errors import UsageError
from hookscope.views.sanitize import sanitize


def is_confirmed(question: str) -> bool:
    """Return the user's answer; where there is no terminal to answer on, the command itself is the answer.

    Raises UsageError when there is one, but nothing to show the question on.
    """
    if not sys.stdin.isatty():
        return True
    if not sys.stderr.isatty():
        raise UsageError(
            f"there is a question that stderr shows nobody: {question}",
            hint="use --yes, or leave stderr on the terminal",
        )
    return click.confirm(sanitize(question), err=True)
