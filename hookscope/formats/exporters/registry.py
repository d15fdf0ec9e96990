"""The export formats by name, and the one function that writes any of them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from msgspec import Struct, field

from hookscope.errors import UsageError
from hookscope.formats.exporters import curl, har, http_file, httpie, ndjson, pytest_file, raw
from hookscope.formats.exporters.options import Options
from hookscope.formats.redaction import redact
from hookscope.model.record import Capture, Kind


class ExporterSpec(Struct, frozen=True, kw_only=True):
    """An export format: how it is written, and its texts for options, screen and completion.

    `suffixes` are what its files end with, the usual one first, and `prefix` what their names begin with. `sends` says
    that it sends the captures somewhere, `signs` that it can sign them again; `caveat` says why a capture cannot be
    written in it. With `file_name`, several captures are files of a folder. `entry` writes a capture, and returns None
    if it cannot; `between` stands between two entries, and `frame` returns what is before and behind all of them,
    given the first capture, if there is one.
    """

    name: str
    description: str
    entry: Callable[[Capture, Options], bytes | None]
    suffixes: tuple[str, ...]
    between: bytes = b""
    frame: Callable[[Capture | None, Options], tuple[bytes, bytes]] = lambda *_: (b"", b"")
    prefix: str = ""
    sends: bool = False
    signs: bool = False
    caveat: Callable[[Capture], str | None] = lambda _: None
    file_name: Callable[[Capture], str] | None = None


EXPORTERS: dict[str, ExporterSpec] = {
    spec.name: spec
    for spec in (
        ExporterSpec(
            name="curl",
            description="commands for curl, to paste into a shell",
            entry=curl.entry,
            between=b"\n",
            suffixes=(".sh",),
            sends=True,
            signs=True,
        ),
        ExporterSpec(
            name="httpie",
            description="commands for HTTPie",
            entry=httpie.entry,
            between=b"\n",
            suffixes=(".sh",),
            sends=True,
            signs=True,
            caveat=httpie.unsupported_reason,
        ),
        ExporterSpec(
            name="http",
            description="requests for editors' REST clients",
            entry=http_file.entry,
            between=b"\n",
            suffixes=(".http", ".rest"),
            sends=True,
            caveat=http_file.unsupported_reason,
        ),
        ExporterSpec(
            name="har",
            description="an HTTP archive, for browsers and other tools",
            entry=har.entry,
            frame=har.frame,
            between=b",\n",
            suffixes=(".har",),
        ),
        ExporterSpec(
            name="ndjson",
            description="the format that `captures import` reads",
            entry=ndjson.entry,
            suffixes=(".ndjson", ".jsonl"),
        ),
        ExporterSpec(
            name="raw",
            description="the body, byte for byte",
            entry=raw.entry,
            suffixes=(".body",),
            file_name=raw.file_name,
        ),
        ExporterSpec(
            name="pytest",
            description="tests that send it to your app",
            entry=pytest_file.entry,
            frame=pytest_file.frame,
            suffixes=(".py",),
            prefix="test_",
            sends=True,
            signs=True,
        ),
    )
}
"""The only list of export formats: a new one is a module in this package and an entry here."""


def find(name: str) -> ExporterSpec:
    """Return the format with that name. Raises UsageError with the known names for any other."""
    if spec := EXPORTERS.get(name):
        return spec
    raise UsageError(f"there is no export format {name!r}", hint=f"choose from: {', '.join(EXPORTERS)}")


def find_by_suffix(suffix: str) -> ExporterSpec | None:
    """Return the first format whose files end in the suffix, such as `.har`."""
    return next((spec for spec in EXPORTERS.values() if suffix.lower() in spec.suffixes), None)


_AT_ONCE = 64
_BYTES_AT_ONCE = 1 << 20
"""The number of captures, and of bytes of their bodies, that are scrubbed at once: asking another process takes
time."""


class ExportReport(Struct, kw_only=True):
    """The progress of an export, for the user.

    Counts of captures: all; with secrets removed; with a body that no longer matches its signature because of that;
    sent to a placeholder. `left_out` are the numbers of those that cannot be written, with the reason.
    """

    captures: int = 0
    redacted: int = 0
    broken: int = 0
    without_target: int = 0
    left_out: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "ExportReport") -> None:
        """Add what was exported after this."""
        self.captures += other.captures
        self.redacted += other.redacted
        self.broken += other.broken
        self.without_target += other.without_target
        self.left_out += other.left_out

    @property
    def exported(self) -> int:
        """The number of captures written."""
        return self.captures - len(self.left_out)


def export(captures: Iterable[Capture], form: str, options: Options | None = None) -> bytes:
    """Return the captures in that format, without their secrets unless the options say otherwise. Raises UsageError."""
    return b"".join(export_chunks(captures, form, options or Options()))


def export_chunks(
    captures: Iterable[Capture], form: str, options: Options, report: ExportReport | None = None
) -> Iterator[bytes]:
    """Yield the export piece by piece, with at most a few captures in memory, and update `report` on the way."""
    prepared = _prepared(captures, form, options, report or ExportReport())
    return _chunks(prepared, find(form), options)


def export_entries(captures: Iterable[Capture], form: str, options: Options, report: ExportReport) -> bytes:
    """Return the entries of captures alone, for `framed`, and update `report`."""
    return find(form).between.join(_entries(_prepared(captures, form, options, report), find(form), options))


def framed(entries: Iterable[bytes], first: Capture | None, form: str, options: Options) -> Iterator[bytes]:
    """Yield the export that consists of such entries; `first` is the first of the captures."""
    prepared = _prepared([first] if first else [], form, options, ExportReport())
    yield from _framed(filter(None, entries), next(prepared, None), find(form), options)


def _chunks(prepared: Iterator[Capture], spec: ExporterSpec, options: Options) -> Iterator[bytes]:
    first = list(islice(prepared, 1))
    entries = _entries(chain(first, prepared), spec, options)
    yield from _framed(entries, first[0] if first else None, spec, options)


def _framed(entries: Iterable[bytes], first: Capture | None, spec: ExporterSpec, options: Options) -> Iterator[bytes]:
    head, tail = spec.frame(first, options)
    if head:
        yield head
    for n, entry in enumerate(entries):
        yield spec.between + entry if n else entry
    if tail:
        yield tail


def _entries(captures: Iterable[Capture], spec: ExporterSpec, options: Options) -> Iterator[bytes]:
    for capture in captures:
        if (entry := spec.entry(capture, options)) is not None:
            yield entry


def _prepared(captures: Iterable[Capture], form: str, options: Options, report: ExportReport) -> Iterator[Capture]:
    """Return the captures as they are written. Raises UsageError for options that the format lacks."""
    spec = find(form)
    if options.resign and not spec.signs:
        able = ", ".join(name for name in EXPORTERS if EXPORTERS[name].signs)
        raise UsageError(f"--resign: what is exported as {form} cannot sign", hint=f"use --format {able}")
    return _prepare(captures, spec, options, report)


def _prepare(
    captures: Iterable[Capture], spec: ExporterSpec, options: Options, report: ExportReport
) -> Iterator[Capture]:
    for capture, prepared in _redacted(captures, options):
        report.captures += 1
        report.redacted += prepared is not capture and prepared != capture
        report.broken += prepared.request.body != capture.request.body and capture.kind is Kind.NOTIFICATION
        report.without_target += spec.sends and options.target_of(prepared) is None
        if reason := spec.caveat(prepared):
            report.left_out.append((capture.id, reason))
        yield prepared


def _redacted(captures: Iterable[Capture], options: Options) -> Iterator[tuple[Capture, Capture]]:
    """Yield each capture with its exported, redacted form."""
    if not options.redact:
        yield from ((capture, capture) for capture in captures)
        return
    for several in _batches(captures):
        for capture, scrubbed in zip(several, options.scrub(several), strict=True):
            yield capture, redact(scrubbed, options.secrets).capture


def _batches(captures: Iterable[Capture]) -> Iterator[list[Capture]]:
    batch: list[Capture] = []
    size = 0
    for capture in captures:
        batch.append(capture)
        size += len(capture.request.body)
        if len(batch) == _AT_ONCE or size >= _BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
