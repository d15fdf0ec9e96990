"""The pieces of an export that another process shares."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain, islice
from pathlib import Path

import msgspec
from msgspec import Struct

from hookscope.formats.exporters import registry
from hookscope.formats.exporters.registry import ExportReport
from hookscope.journal.list_reader import ListReader
from hookscope.model.capture_id import EventRef
from hookscope.services.events import load
from hookscope.services.export_request import ExportRequest, options_of
from hookscope.services.run_redaction import redaction_by_runs
from hookscope.shared_work import Bytes, Work, share

_WORKER = "hookscope.services.export_worker"
_AT_ONCE = 128


class _Order(Struct, array_like=True):
    """What another process must know to export as this one does; from the live runs it learns the secrets itself."""

    journal: str
    form: str
    to: str | None
    redact: bool
    secrets: tuple[str, ...]
    resign: bool


class _Result(Struct, array_like=True):
    report: ExportReport
    entries: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode_order = msgspec.msgpack.Decoder(_Order).decode
_decode_refs = msgspec.msgpack.Decoder(list[EventRef]).decode
_decode_result = msgspec.msgpack.Decoder(_Result).decode


def shared_pieces(
    refs: Iterator[EventRef], history: ListReader, request: ExportRequest, report: ExportReport
) -> Generator[bytes, None, None]:
    """Yield the export of captures in pieces, and update `report` on the way."""
    options = options_of(history, request)
    first = list(islice(refs, 1))
    parts, setup = map(_encode, _parts(chain(first, refs), history)), _encode(_order(history, request))
    with closing(share(parts, _exporter(history, request), _WORKER, setup=setup)) as results:
        capture = next(iter(load(history, first)), None)
        yield from registry.framed(_entries(results, report), capture, request.form, options)


def _entries(results: Iterator[Bytes], report: ExportReport) -> Iterator[bytes]:
    for result in map(_decode_result, results):
        report.add(result.report)
        yield result.entries


def _order(history: ListReader, request: ExportRequest) -> _Order:
    """Return the order with which another process begins."""
    return _Order(str(history.path), request.form, request.to, request.redact, request.secrets, request.resign)


def prepare_export(setup: Bytes, until_then: ExitStack) -> Work:
    """Return the function with which another process exports its parts; `until_then` closes what that needs."""
    given = _decode_order(setup)
    journal = Path(given.journal)
    history = until_then.enter_context(ListReader(journal))
    request = ExportRequest(
        form=given.form,
        to=given.to,
        redact=given.redact,
        secrets=given.secrets,
        scrub=until_then.enter_context(redaction_by_runs(journal if given.redact else None)),
        resign=given.resign,
    )
    return _exporter(history, request)


def _exporter(history: ListReader, request: ExportRequest) -> Callable[[Bytes], bytes]:
    options = options_of(history, request)

    def export(part: Bytes) -> bytes:
        report = ExportReport()
        captures = load(history, _decode_refs(part))
        return _encode(_Result(report, registry.export_entries(captures, request.form, options, report)))

    return export


def _parts(refs: Iterator[EventRef], history: ListReader) -> Iterator[Sequence[EventRef]]:
    """Yield some captures at a time, and each with a large body by itself: several may not fit into memory."""
    while several := list(islice(refs, _AT_ONCE)):
        large = history.large_ids([ref.capture_id for ref in several])
        begun = 0
        for at, ref in enumerate(several):
            if ref.capture_id in large:
                yield from filter(None, (several[begun:at], [ref]))
                begun = at + 1
        if rest := several[begun:]:
            yield rest
