"""Events of a command's work as lines on stderr."""

from hookscope.cli import output
from hookscope.formats.plain_text import StreamItem, progress_line


def print_event(event: StreamItem) -> None:
    """Print the line of an event, if there is one for it, unless `--quiet` was given."""
    if line := progress_line(event):
        output.print_progress(line)
