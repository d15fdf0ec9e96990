"""The command line. Each command's module is imported when the command is called, so that the others cost nothing."""

from hookscope.cli.app import main

__all__ = ["main"]
