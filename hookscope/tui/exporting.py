"""Makes exports and writes them into files that were not there before; to be called off the event loop."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hookscope.errors import UsageError
from hookscope.formats.exporters import raw
from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import FORMS, ExportReport, Format, export_chunks
from hookscope.journal.reader import JournalReader
from hookscope.private_files import write_private
from hookscope.services.captures import captures_by_id as captures

ABOUT = {
    Format.CURL: "commands for curl, to paste into a shell",
    Format.HTTPIE: "commands for HTTPie",
    Format.HTTP: "requests for REST clients of editors",
    Format.HAR: "an HTTP archive, for browsers and other tools",
    Format.NDJSON: "as `captures import` reads it again",
    Format.RAW: "the body, byte for byte",
    Format.PYTEST: "tests that send it to your app",
}


def exported(
    journal: Path, numbers: Sequence[int], form: Format, secrets: tuple[str, ...], tally: ExportReport | None = None
) -> tuple[bytes, ExportReport]:
    """The captures in a form, without secrets, these and others, and what that came to. Raises HookscopeError.

    A `tally` that is given goes on with what it has counted before.
    """
    tally = tally or ExportReport()
    with JournalReader(journal) as history:

        @cache
        def target_of(number: int) -> str | None:
            run = history.run(number)
            return run.targets[0] if run and run.targets else None

        options = Options(target_of_run=target_of, secrets=secrets)
        return b"".join(export_chunks(captures(journal, numbers), form, options, tally)), tally


def proposed_name(numbers: Sequence[int], form: Format) -> str:
    """A name for the file, of which there is none yet in the current folder; a folder's for several bodies."""
    first = f"hookscope-{numbers[0]}" if len(numbers) == 1 else f"hookscope-{len(numbers)}-captures"
    stem = f"test_{first.replace('-', '_')}" if form is Format.PYTEST else first
    suffix = "" if form is Format.RAW and len(numbers) > 1 else FORMS[form].suffixes[0]
    names = (f"{stem}{f'-{n}' if n else ''}{suffix}" for n in range(1000))
    return next((name for name in names if not Path(name).exists()), f"{stem}{suffix}")


def check_name(text: str) -> str:
    """The name of a file that is not there yet. Raises UsageError."""
    name = text.strip()
    if not name:
        raise UsageError("a file wants a name")
    path = Path(name).expanduser()
    if path.exists():
        raise UsageError(f"{name} is there already, and is not overwritten", hint="type another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="type the name of a file for the current folder")
    return str(path)


def write(journal: Path, numbers: Sequence[int], form: Format, name: str, secrets: tuple[str, ...]) -> ExportReport:
    """Write an export into a new file of this user's alone, or several bodies into a new folder."""
    check_name(name)
    path = Path(name)
    if form is not Format.RAW or len(numbers) == 1:
        text, tally = exported(journal, numbers, form, secrets)
        write_private(path, [text])
        return tally
    path.mkdir(mode=0o700)
    total = ExportReport()
    for capture in captures(journal, numbers):
        text, _ = exported(journal, [capture.id], form, secrets, total)
        write_private(path / raw.file_name(capture), [text])
    return total
