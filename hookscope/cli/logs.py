"""Where the libraries' own messages go: a file, and with `-v` the terminal as well."""

import logging

from hookscope import paths
from hookscope.cli import output
from hookscope.cli.log_file import LogFile

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Discreet(logging.Formatter):
    """Leaves secrets out, also of tracebacks: those that this command was given, and what looks like one."""

    def format(self, record: logging.LogRecord) -> str:
        from hookscope.formats.redaction import redact_text

        return redact_text(output.without_secrets(super().format(record)))


def configure(verbosity: int, *, to_terminal: bool) -> None:
    """Send warnings to the log file; with one `-v` also to stderr, with two what is merely of interest, too."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    handlers: list[logging.Handler] = [LogFile(paths.log_file())]
    if verbosity and to_terminal:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_Discreet(_FORMAT))
    logging.basicConfig(level=level, handlers=handlers)
