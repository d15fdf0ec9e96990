"""Export captures: one composition for the command, the screen and the library."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from hookscope import paths
from hookscope.errors import UsageError
from hookscope.formats.exporters import registry
from hookscope.formats.exporters.options import PLACEHOLDER, Options
from hookscope.formats.exporters.registry import ExporterSpec, ExportReport
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture
from hookscope.private_files import write_private
from hookscope.services.events import loaded
from hookscope.services.export_request import ExportRequest, options_of
from hookscope.services.shared_export import shared_pieces

if TYPE_CHECKING:
    from hookscope.journal.list_reader import ListReader
    from hookscope.journal.reader import JournalReader

_NAMED = 3

Sink = Callable[[Iterable[bytes]], object]
"""Takes the bytes of an export, piece by piece."""


class Remark(Struct, frozen=True, kw_only=True):
    """A remark that the user must see; `option` is the command line's remedy."""

    text: str
    option: str | None = None
    is_warning: bool = False


def export(
    history: "JournalReader", captures: Iterable[Capture], request: ExportRequest, to: Path | Sink
) -> ExportReport:
    """Write captures to a file, a folder, or a function that takes the pieces. Return a report.

    Without captures, a file or folder stays as it is. A file is readable by its user alone. Raises UsageError for a
    request that cannot be met, and whatever `captures` raises; an existing file is then unchanged.
    """
    spec, options, report = registry.find(request.form), options_of(history, request), ExportReport()
    waiting = iter(captures)
    first = list(islice(waiting, 1 if spec.file_name is None else 2))
    is_folder = isinstance(to, Path) and to.is_dir()
    if isinstance(to, Path) and not first:
        return report
    if spec.file_name and (is_folder or len(first) > 1):
        _write_folder(chain(first, waiting), spec, options, report, to, new=request.new)
    else:
        _write(registry.export_chunks(chain(first, waiting), spec.name, options, report), to)
    return report


def export_refs(
    history: "ListReader", refs: Iterator[EventRef], request: ExportRequest, to: Path | Sink
) -> ExportReport:
    """Do what `export` does with any number of captures; another process shares the work, unless each is a file."""
    if registry.find(request.form).file_name:
        return export(history, loaded(history, refs), request, to)
    report = ExportReport()
    first = list(islice(refs, 1))
    if first or not isinstance(to, Path):
        with closing(shared_pieces(chain(first, refs), history, request, report)) as pieces:
            _write(pieces, to)
    return report


def _write(pieces: Iterable[bytes], to: Path | Sink) -> None:
    if isinstance(to, Path):
        write_private(to, pieces)
    else:
        to(pieces)


def form_for(path: Path | None) -> str:
    """Return the format that a file's name asks for. Raises UsageError when there is none."""
    spec = registry.find_by_suffix(path.suffix) if path else None
    if spec is None:
        raise UsageError("no export format was given", hint=f"give --format: {', '.join(registry.EXPORTERS)}")
    return spec.name


def remarks(report: ExportReport, request: ExportRequest) -> Iterator[Remark]:
    """Yield the remarks that the user must see, the most important last."""
    if report.redacted:
        yield Remark(text=f"secrets were removed from {report.redacted:,} of them", option="--no-redact keeps them")
    if report.broken and not request.resign:
        changed = f"the bodies of {report.broken:,} were changed by that, and their signatures no longer match"
        signs = registry.find(request.form).signs
        yield Remark(text=changed, option="--resign makes commands sign again" if signs else None, is_warning=True)
    if report.without_target:
        nowhere = f"for {report.without_target:,} of them the run had no forward target: they go to {PLACEHOLDER}"
        yield Remark(text=nowhere, option="--to URL sends them elsewhere")
    for capture_id, reason in report.left_out[:_NAMED]:
        yield Remark(text=f"#{capture_id} is left out: {reason}", is_warning=True)
    if more := report.left_out[_NAMED:]:
        yield Remark(text=f"and {len(more):,} more are left out", is_warning=True)


def propose_name(refs: Sequence[EventRef | int], form: str) -> str:
    """Return a name that is not taken in the current folder: of a file, or of a folder for several bodies."""
    spec = registry.find(form)
    first = f"hookscope-{refs[0]}" if len(refs) == 1 else f"hookscope-{len(refs)}-captures"
    stem = f"{spec.prefix}{first.replace('-', '_').replace('.', '_')}" if spec.prefix else first
    suffix = "" if spec.file_name and len(refs) > 1 else spec.suffixes[0]
    names = (f"{stem}{f'-{n}' if n else ''}{suffix}" for n in range(1000))
    return next((name for name in names if not Path(name).exists()), f"{stem}{suffix}")


def check_new_file(text: str) -> str:
    """Return the typed name of a file that does not exist yet, with `~` expanded. Raises UsageError."""
    name = text.strip()
    if not name:
        raise UsageError("the file needs a name")
    path = paths.named(name)
    if path.exists():
        raise UsageError(f"{name} already exists and is not overwritten", hint="type another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="type only a file name to use the current folder")
    return str(path)


def _write_folder(
    captures: Iterable[Capture],
    spec: ExporterSpec,
    options: Options,
    report: ExportReport,
    folder: Path | Sink,
    *,
    new: bool,
) -> None:
    """Write a file for each capture."""
    if not isinstance(folder, Path):
        raise UsageError("several bodies in one file cannot be told apart", hint="name a folder for them with -o")
    try:
        folder.mkdir(mode=0o700, exist_ok=not new)
    except OSError as error:
        raise UsageError(f"{folder} cannot be used as the folder for the bodies: {error.strerror}") from error
    assert spec.file_name
    for capture in captures:
        pieces = registry.export_chunks([capture], spec.name, options, report)
        write_private(folder / spec.file_name(capture), pieces)
