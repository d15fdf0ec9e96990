"""The forms of an export by name, and the one function that makes any of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from hookscope.errors import UsageError
from hookscope.formats.exporters import curl, har, http_file, httpie, ndjson, pytest_file, raw
from hookscope.formats.exporters.options import Options
from hookscope.formats.redaction import redact
from hookscope.model.record import Capture, Kind


class Format(StrEnum):
    """The forms."""

    CURL = "curl"
    HTTPIE = "httpie"
    HTTP = "http"
    HAR = "har"
    NDJSON = "ndjson"
    RAW = "raw"
    PYTEST = "pytest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterSpec:
    """How a form is written. `suffixes` are what its files end with, the usual one first.

    `sends` says that it sends the captures somewhere, `signs` that it can sign them anew; `caveat` says why a capture
    cannot be written in it.
    """

    pieces: Callable[[Iterable[Capture], Options], Iterator[bytes]]
    suffixes: tuple[str, ...]
    sends: bool = False
    signs: bool = False
    caveat: Callable[[Capture], str | None] = lambda _: None


FORMS: dict[Format, ExporterSpec] = {
    Format.CURL: ExporterSpec(pieces=curl.pieces, suffixes=(".sh",), sends=True, signs=True),
    Format.HTTPIE: ExporterSpec(
        pieces=httpie.pieces, suffixes=(".sh",), sends=True, signs=True, caveat=httpie.unsupported_reason
    ),
    Format.HTTP: ExporterSpec(
        pieces=http_file.pieces, suffixes=(".http", ".rest"), sends=True, caveat=http_file.unsupported_reason
    ),
    Format.HAR: ExporterSpec(pieces=har.pieces, suffixes=(".har",)),
    Format.NDJSON: ExporterSpec(pieces=ndjson.pieces, suffixes=(".ndjson", ".jsonl")),
    Format.RAW: ExporterSpec(pieces=raw.pieces, suffixes=(".body",)),
    Format.PYTEST: ExporterSpec(pieces=pytest_file.pieces, suffixes=(".py",), sends=True, signs=True),
}


@dataclass(slots=True, kw_only=True)
class ExportReport:
    """What an export has come to so far, for telling a person.

    Counts of captures: all; with secrets taken out; with a body that therefore does not fit its signature any more;
    sent to a placeholder. `left_out` are the numbers of those that cannot be written, with the reason.
    """

    captures: int = 0
    redacted: int = 0
    broken: int = 0
    aimless: int = 0
    left_out: list[tuple[int, str]] = field(default_factory=list)


def export(captures: Iterable[Capture], form: Format, options: Options | None = None) -> bytes:
    """The captures in that form, without their secrets unless the options say otherwise. Raises UsageError."""
    return b"".join(export_chunks(captures, form, options or Options()))


def export_chunks(
    captures: Iterable[Capture], form: Format, options: Options, tally: ExportReport | None = None
) -> Iterator[bytes]:
    """The same a piece at a time: never more than one capture is held. `tally` is kept on the way."""
    if options.resign and not FORMS[form].signs:
        able = ", ".join(name for name in FORMS if FORMS[name].signs)
        raise UsageError(f"--resign: what is exported as {form} cannot sign", hint=f"use --format {able}")
    return FORMS[form].pieces(_prepare(captures, FORMS[form], options, tally or ExportReport()), options)


def _prepare(
    captures: Iterable[Capture], form: ExporterSpec, options: Options, tally: ExportReport
) -> Iterator[Capture]:
    for capture in captures:
        tally.captures += 1
        prepared = capture
        if options.redact:
            redacted = redact(capture, options.secrets)
            prepared = redacted.capture
            tally.redacted += redacted.changed
            tally.broken += redacted.body_changed and capture.kind is Kind.NOTIFICATION
        tally.aimless += form.sends and options.target_of(prepared) is None
        if reason := form.caveat(prepared):
            tally.left_out.append((capture.id, reason))
        yield prepared
