"""Between the journal's columns and the records.

For a value that is no plain `str`, `int` or `float` the `sqlite3` module looks for an adapter each time, and longest
where there is none. So enumerations and truth values are made plain, and bytes and None have an adapter that does
nothing.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from hookscope.journal import packed_headers
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.append import Identities
from hookscope.model.plain_capture import PlainCapture
from hookscope.model.record import (
    Capture,
    Cause,
    Delivery,
    Failure,
    Handshake,
    Kind,
    Originals,
    Reply,
    Request,
    Run,
    Shared,
    Source,
)
from hookscope.model.timestamps import from_milliseconds, milliseconds
from hookscope.settings import Route

_CAPTURE = (
    "run_id, kind, source, received_at, method, target, remote, headers, reply_status, reply_body, reply_ms, "
    "signature, signature_algorithm, signature_reason, handshake, handshake_reason, flaw, "
    "duplicate_of, originals, replay_of, marked, note, body"
)
CAPTURE_COLUMNS = f"{_CAPTURE}, identity, identities"
APPEND_COLUMNS = f"{CAPTURE_COLUMNS}, events, follows"
READ_COLUMNS = f"id, {_CAPTURE}"
"""Of the table `captures`."""

DELIVERY_COLUMNS = (
    "capture_id, replay_id, cause, method, target, sent_at, status, elapsed_ms, failure, error, answer, answer_type"
)
RUN_COLUMNS = "key, app_id, objects, targets, routes, started_at, ended_at"

_STEP = 8

_KINDS = {str(kind): kind for kind in Kind}
_SOURCES = {str(source): source for source in Source}
"""A tenth of the time of `Kind(text)`."""
_SHARED = str(Source.SHARED)

sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(type(None), dict[None, None]().get)  # What there is under None: None.


@cache
def insert(table: str, columns: str, rows: int = 1) -> str:
    """Return the statement that adds `rows` rows with these columns."""
    marks = f"({', '.join('?' * (columns.count(',') + 1))})"
    return f"INSERT INTO {table} ({columns}) VALUES {', '.join([marks] * rows)}"  # noqa: S608


def insert_many(db: sqlite3.Connection, table: str, columns: str, rows: int, values: list[Any]) -> int:
    """Add `rows` rows with these columns in one statement, and return the id of the last.

    SQLite keeps 5 KB for each row of a statement, 10 MiB for all numbers up to 64. So there are statements for few
    numbers, whose last rows may be left out.
    """
    room = rows if rows < _STEP else -(-rows // _STEP) * _STEP
    unused = (room - rows) * (columns.count(",") + 1)
    return db.execute(_insert_some(table, columns, room), [*values, *[None] * unused, rows]).lastrowid or 0


@cache
def _insert_some(table: str, columns: str, most: int) -> str:
    """Return the statement that adds as many of these rows as its last value says."""
    marks = f"({', '.join('?' * (columns.count(',') + 1))})"
    return f"INSERT INTO {table} ({columns}) SELECT * FROM (VALUES {', '.join([marks] * most)}) LIMIT ?"  # noqa: S608


def capture_values(
    capture: Capture,
    elapsed_ms: float | None,
    duplicate_of: int | None,
    originals: Originals,
    identities: Sequence[str | None] = (),
) -> tuple[Any, ...]:
    """Return a capture in the order of CAPTURE_COLUMNS, with the journal's additions."""
    request, reply, signature, handshake = capture.request, capture.reply, capture.signature, capture.handshake
    return (
        capture.run_id,
        str(capture.kind),
        str(capture.source),
        milliseconds(capture.received_at),
        request.method,
        request.target,
        request.remote,
        packed_headers.pack(request.headers),
        reply.status,
        reply.body,
        elapsed_ms,
        str(signature.verdict),
        signature.algorithm,
        signature.reason,
        handshake and int(handshake.accepted),
        handshake and handshake.reason,
        capture.flaw,
        duplicate_of,
        pack_originals(originals),
        capture.replay_of,
        int(capture.marked),
        capture.note,
        request.body,
        *_identity_values(() if capture.replay_of else identities, duplicate_of),
    )


def mirrored_values(
    plain: PlainCapture,
    run_id: int | None,
    duplicate_of: int | None,
    originals: Originals,
    identities: Identities,
) -> tuple[Any, ...]:
    """Return an entry of a shared log in the order of APPEND_COLUMNS, with the journal's additions."""
    return (
        run_id,
        plain.kind,
        _SHARED,
        *plain[2:6],
        packed_headers.pack_lines(plain.headers),
        *plain[7:-1],
        duplicate_of,
        pack_originals(originals),
        None,
        0,
        None,
        plain.body,
        *_identity_values(identities, duplicate_of),
        len(identities) or None,
        None,
    )


def mirrored_capture(number: int, values: tuple[Any, ...], entry: Shared) -> Capture:
    """Return the capture that the result of `mirrored_values` has become, under its number."""
    return read_capture((number, *values[:-4]), entry)


def read_capture(row: Iterable[Any], shared: Shared | None = None, marked_events: tuple[int, ...] = ()) -> Capture:
    """Return a capture from a row with READ_COLUMNS; by their order, which takes a quarter less than by name."""
    (
        number,
        run_id,
        kind,
        source,
        received_at,
        method,
        target,
        remote,
        headers,
        status,
        answer,
        elapsed_ms,
        verdict,
        algorithm,
        signature_reason,
        accepted,
        handshake_reason,
        flaw,
        duplicate_of,
        originals,
        replay_of,
        marked,
        note,
        body,
    ) = row
    return Capture(
        id=number,
        run_id=run_id,
        kind=_KINDS[kind],
        source=_SOURCES[source],
        received_at=from_milliseconds(received_at),
        request=Request(method=method, target=target, headers=packed_headers.unpack(headers), body=body, remote=remote),
        reply=Reply(status=status, body=answer, elapsed_ms=elapsed_ms),
        signature=_signature(verdict, algorithm, signature_reason),
        handshake=None if accepted is None else Handshake(accepted=bool(accepted), reason=handshake_reason),
        flaw=flaw,
        duplicate_of=duplicate_of,
        originals=read_originals(originals),
        replay_of=replay_of,
        marked=bool(marked),
        note=note,
        shared=shared,
        marked_events=marked_events,
    )


def delivery_values(delivery: Delivery) -> tuple[Any, ...]:
    """Return a delivery in the order of DELIVERY_COLUMNS."""
    return (
        delivery.capture_id,
        delivery.replay_id,
        str(delivery.cause),
        delivery.method,
        delivery.target,
        milliseconds(delivery.sent_at),
        delivery.status,
        delivery.elapsed_ms,
        delivery.failure and str(delivery.failure),
        delivery.error,
        delivery.answer,
        delivery.answer_type,
    )


def read_delivery(values: Iterable[Any]) -> Delivery:
    """Return a delivery from its values in the order of DELIVERY_COLUMNS."""
    number, replay, cause, method, target, sent_at, status, elapsed_ms, failure, error, answer, answer_type = values
    return Delivery(
        capture_id=number,
        replay_id=replay,
        cause=Cause(cause),
        method=method,
        target=target,
        sent_at=from_milliseconds(sent_at),
        status=status,
        elapsed_ms=elapsed_ms,
        failure=Failure(failure) if failure else None,
        error=error,
        answer=answer,
        answer_type=answer_type,
    )


def run_values(run: Run) -> tuple[Any, ...]:
    """Return a run in the order of RUN_COLUMNS."""
    return (
        run.key,
        run.app_id,
        json.dumps(run.objects),
        json.dumps(run.targets),
        json.dumps([(route.target, route.filter) for route in run.routes]),
        milliseconds(run.started_at),
        run.ended_at and milliseconds(run.ended_at),
    )


def read_run(row: sqlite3.Row) -> Run:
    """Return a run from a row with `id` and RUN_COLUMNS."""
    return Run(
        id=row["id"],
        key=row["key"],
        app_id=row["app_id"],
        objects=tuple(json.loads(row["objects"])),
        targets=tuple(json.loads(row["targets"])),
        routes=tuple(Route(target=target, filter=wanted) for target, wanted in json.loads(row["routes"])),
        started_at=from_milliseconds(row["started_at"]),
        ended_at=from_milliseconds(row["ended_at"]) if row["ended_at"] else None,
    )


def _identity_values(identities: Sequence[str | None], duplicate_of: int | None) -> tuple[str | None, str | None]:
    """Return `identity` and `identities`, of which a capture has one at most."""
    return (identities[0], None) if duplicate_of and len(identities) == 1 else (None, pack_identities(identities))


def pack_identities(identities: Iterable[str | None]) -> str | None:
    """Return the identities as a JSON list, without those that are None; None for an empty one."""
    known = [identity for identity in identities if identity]
    return '["' + '","'.join(known) + '"]' if known else None


def pack_originals(originals: Originals) -> str | None:
    """Return the originals of a batch as a JSON list; None for an empty one."""
    return json.dumps(originals) if originals else None


def read_originals(packed: str | None) -> Originals:
    """Return the originals of a batch from their column."""
    return tuple(json.loads(packed)) if packed else ()


@lru_cache(maxsize=64)
def _signature(verdict: str, algorithm: str | None, reason: str | None) -> Signature:
    """Return the signature; almost all captures share one."""
    return Signature(verdict=SignatureVerdict(verdict), algorithm=algorithm, reason=reason)
