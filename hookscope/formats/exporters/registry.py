"""The export formats by name, and the one function that writes any of them."""

from collections.abc import Callable, Iterable, Iterator

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
    written in it. With `file_name`, several captures are files of a folder. If it `is_joinable`, several exports one
    after another are one.
    """

    name: str
    description: str
    pieces: Callable[[Iterable[Capture], Options], Iterator[bytes]]
    suffixes: tuple[str, ...]
    prefix: str = ""
    sends: bool = False
    signs: bool = False
    caveat: Callable[[Capture], str | None] = lambda _: None
    file_name: Callable[[Capture], str] | None = None
    is_joinable: bool = False


EXPORTERS: dict[str, ExporterSpec] = {
    spec.name: spec
    for spec in (
        ExporterSpec(
            name="curl",
            description="commands for curl, to paste into a shell",
            pieces=curl.pieces,
            suffixes=(".sh",),
            sends=True,
            signs=True,
        ),
        ExporterSpec(
            name="httpie",
            description="commands for HTTPie",
            pieces=httpie.pieces,
            suffixes=(".sh",),
            sends=True,
            signs=True,
            caveat=httpie.unsupported_reason,
        ),
        ExporterSpec(
            name="http",
            description="requests for editors' REST clients",
            pieces=http_file.pieces,
            suffixes=(".http", ".rest"),
            sends=True,
            caveat=http_file.unsupported_reason,
        ),
        ExporterSpec(
            name="har",
            description="an HTTP archive, for browsers and other tools",
            pieces=har.pieces,
            suffixes=(".har",),
        ),
        ExporterSpec(
            name="ndjson",
            description="the format that `captures import` reads",
            pieces=ndjson.pieces,
            suffixes=(".ndjson", ".jsonl"),
            is_joinable=True,
        ),
        ExporterSpec(
            name="raw",
            description="the body, byte for byte",
            pieces=raw.pieces,
            suffixes=(".body",),
            file_name=raw.file_name,
        ),
        ExporterSpec(
            name="pytest",
            description="tests that send it to your app",
            pieces=pytest_file.pieces,
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
    aimless: int = 0
    left_out: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "ExportReport") -> None:
        """Add what was exported after this."""
        self.captures += other.captures
        self.redacted += other.redacted
        self.broken += other.broken
        self.aimless += other.aimless
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
    spec = find(form)
    if options.resign and not spec.signs:
        able = ", ".join(name for name in EXPORTERS if EXPORTERS[name].signs)
        raise UsageError(f"--resign: what is exported as {form} cannot sign", hint=f"use --format {able}")
    return spec.pieces(_prepare(captures, spec, options, report or ExportReport()), options)


def _prepare(
    captures: Iterable[Capture], spec: ExporterSpec, options: Options, report: ExportReport
) -> Iterator[Capture]:
    for capture, prepared in _redacted(captures, options):
        report.captures += 1
        report.redacted += prepared is not capture and prepared != capture
        report.broken += prepared.request.body != capture.request.body and capture.kind is Kind.NOTIFICATION
        report.aimless += spec.sends and options.target_of(prepared) is None
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
