"""Reads a capture and lays out its details. Call it off the event loop: a large body takes time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from hookscope.diagnosis.capture_signature import explain_capture_signature
from hookscope.diagnosis.finding import Finding
from hookscope.model.record import Capture, Delivery, Source
from hookscope.services.captures import CaptureDetails, captures_by_id, read_details
from hookscope.tui.render.capture_header import LARGE, capture_header, size
from hookscope.tui.render.capture_row import clock, elapsed
from hookscope.tui.render.wrapping import wrap
from hookscope.tui.theme import Pieces
from hookscope.views import body
from hookscope.views.body import BodyLine, Piece, Token

_SHOWN_ANSWER = 4096


class Tab(IntEnum):
    """The pages of the details, as they are numbered."""

    PARSED = 1
    RAW = 2
    HEADERS = 3
    DELIVERY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailRequest:
    """A request for details: the capture, the page, the width. `state` changes when they may have changed."""

    capture_id: int
    tab: Tab
    width: int
    state: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A page of details: the verdict above it, its lines, and its rows for the wanted width."""

    wanted: DetailRequest
    verdict: Pieces
    deliveries: int
    lines: Sequence[BodyLine]
    rows: list[tuple[Piece, ...]]


def read(journal: Path, wanted: DetailRequest, now: datetime, secrets: Mapping[str, str]) -> Details | None:
    """Return the requested details, or None when there is no such capture. Raises JournalError.

    `secrets` has the app secrets, by name, with which a wrong signature is explained.
    """
    found = read_details(journal, wanted.capture_id)
    if found is None:
        return None
    lines = _page(found, wanted.tab, now)
    return Details(
        wanted=wanted,
        verdict=capture_header(found.capture, now, wanted.width, _explain_signature(found, secrets)),
        deliveries=len(found.deliveries),
        lines=lines,
        rows=wrap(lines, wanted.width),
    )


def _explain_signature(found: CaptureDetails, secrets: Mapping[str, str]) -> Finding | None:
    if len(found.capture.request.body) > LARGE:
        return None
    return explain_capture_signature(found.capture, secrets=secrets, run=found.run, original=found.original)


def copied(journal: Path, capture_id: int, tab: Tab) -> tuple[str, str] | None:
    """Return the text to copy from a page, and its name. Bytes that are not text come in hex. Raises JournalError."""
    found = captures_by_id(journal, [capture_id])
    if not found:
        return None
    (capture,) = found
    if tab is Tab.HEADERS:
        return "\n".join(f"{name}: {value}" for name, value in _headers(capture)), f"the headers of #{capture_id}"
    try:
        text = capture.request.body.decode("utf-8")
    except UnicodeDecodeError:
        return capture.request.body.hex(" "), f"the body of #{capture_id} in hex"
    return text, f"the body of #{capture_id}"


def _page(details: CaptureDetails, tab: Tab, now: datetime) -> list[BodyLine]:
    capture = details.capture
    match tab:
        case Tab.PARSED:
            return body.parsed(capture.request.body) if capture.request.body else _query(capture)
        case Tab.RAW:
            return body.raw(capture.request.body)
        case Tab.HEADERS:
            return [_pair(name, value) for name, value in _headers(capture)] or [_note("no headers")]
        case Tab.DELIVERY:
            if not_sent := details.explain_not_sent():
                return [*_answer(capture), _BLANK, _note(not_sent)]
            lines = [] if _is_sent_here(capture) else [*_answer(capture), _BLANK]
            for delivery in details.deliveries:
                lines += [*_delivery(delivery, now), _BLANK]
            return lines


def _query(capture: Capture) -> list[BodyLine]:
    """Return the parameters of the query, the content of a request without a body."""
    pairs = parse_qsl(urlsplit(capture.request.target).query, keep_blank_values=True)
    return [_pair(name, value) for name, value in pairs] or [_note("no body and no query")]


def _headers(capture: Capture) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in capture.request.headers]


def _is_sent_here(capture: Capture) -> bool:
    """Return whether nobody sent it to the receiver: its answer is the application's, shown with its delivery."""
    return capture.source is Source.REPLAY or (capture.source is Source.TRIGGER and capture.run_id is None)


def _answer(capture: Capture) -> list[BodyLine]:
    reply = capture.reply
    if reply.status is None:
        return [_note("no answer: it did not come through the receiver")]
    took = f" in {elapsed(reply.elapsed_ms)} ms" if reply.elapsed_ms is not None else ""
    return [
        BodyLine(pieces=((Token.KEY, "hookscope → sender  "), (Token.NUMBER, str(reply.status)), (Token.NOTE, took))),
        *_text(reply.body),
    ]


def _delivery(delivery: Delivery, now: datetime) -> list[BodyLine]:
    good = delivery.succeeded
    outcome = f"{'✓' if good else '✗'} {delivery.status or 'no answer'}"
    told = f"  {elapsed(delivery.elapsed_ms)} ms"
    if delivery.replay_id:
        told += f"  as #{delivery.replay_id}"
    when = (Token.NOTE, f"{clock(delivery.sent_at, now)}  ")
    cause = (Token.KEY, f"{delivery.cause} → {delivery.target}  ")
    lines = [BodyLine(pieces=(when, cause, (Token.STRING if good else Token.PROBLEM, outcome), (Token.NOTE, told)))]
    if delivery.error:
        lines.append(BodyLine(indent=1, pieces=((Token.PROBLEM, delivery.error),)))
    return lines if delivery.status is None else lines + _text(delivery.answer)


def _text(answer: bytes) -> list[BodyLine]:
    """Return the beginning of an answer whose header says nothing about it."""
    if not answer:
        return [BodyLine(indent=1, pieces=((Token.NOTE, "empty body"),))]
    lines = answer[:_SHOWN_ANSWER].decode("utf-8", "replace").split("\n")
    shown = [BodyLine(indent=1, pieces=((Token.PLAIN, line),)) for line in lines]
    return shown if len(answer) <= _SHOWN_ANSWER else [*shown, _note(f"… {size(len(answer))} in all")]


def _pair(name: str, value: str) -> BodyLine:
    return BodyLine(pieces=((Token.KEY, name), (Token.PUNCTUATION, ": "), (Token.STRING, value)))


def _note(text: str) -> BodyLine:
    return BodyLine(pieces=((Token.NOTE, text),))


_BLANK = _note("")
