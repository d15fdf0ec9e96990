"""Asking before something is changed."""

import sys

import click

from hookscope.views.sanitize import sanitize


def is_confirmed(question: str) -> bool:
    """Return the user's answer; where there is no terminal to ask on, the command itself is the answer."""
    return not sys.stdin.isatty() or click.confirm(sanitize(question), err=True)
