"""Where the libraries' own messages go: a file, and with `-v` the terminal as well."""

import logging
from contextlib import suppress

from hookscope import places
from hookscope.cli import output
from hookscope.errors import HookscopeError

_LARGEST = 1 << 20
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Discreet(logging.Formatter):
    """Leaves secrets out, also of tracebacks: those that this command was given, and what looks like one."""

    def format(self, record: logging.LogRecord) -> str:
        from hookscope.views.redact import redact_text

        return redact_text(output.without_secrets(super().format(record)))


def configure(verbosity: int, *, to_terminal: bool) -> None:
    """Send warnings to the log file; with one `-v` also to stderr, with two what is merely of interest, too."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    handlers: list[logging.Handler] = []
    with suppress(OSError, HookscopeError):
        file = places.private_folder(places.log_file().parent) / places.log_file().name
        if file.exists() and file.stat().st_size > _LARGEST:
            file.replace(file.with_suffix(".log.1"))
        handlers.append(logging.FileHandler(file, encoding="utf-8", delay=True))
    if verbosity and to_terminal:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_Discreet(_FORMAT))
    logging.basicConfig(level=level, handlers=handlers or [logging.NullHandler()])
