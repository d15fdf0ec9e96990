"""Reads a capture and lays out its details. Call it off the event loop: a large body takes time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from hookscope.diagnosis.capture_signature import explain_capture_signature
from hookscope.diagnosis.finding import Finding
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture
from hookscope.services.captures import CaptureDetails, handshakes_before, named_captures, read_details
from hookscope.tui.render.capture_header import LARGE, capture_header
from hookscope.tui.render.pages.deliveries import deliveries
from hookscope.tui.render.pages.handshake import handshake
from hookscope.tui.render.pages.lines import note, pair, query
from hookscope.tui.render.pages.signature import signature
from hookscope.tui.render.pages.story import story
from hookscope.tui.render.wrapping import wrap_each
from hookscope.tui.theme import Pieces, Tone
from hookscope.views import body
from hookscope.views.actions import ACTIONS
from hookscope.views.body import BodyLine, Piece, Token
from hookscope.views.page import Page
from hookscope.views.status import LinkStatus


class Tab(IntEnum):
    """The pages of the details, as they are numbered."""

    EVENT = 1
    TREE = 2
    RAW = 3
    HEADERS = 4
    SIGNATURE = 5
    HANDSHAKE = 6
    DELIVERIES = 7


class DetailRequest(Struct, frozen=True, kw_only=True):
    """A request for details: the capture, the page, the width. `state` changes when they may have changed.

    `position` is that of the event to tell, from 1; 0 is all of them.

    `registered` has the links of the live run's subscriptions, for its handshakes.
    """

    capture_id: int
    position: int = 0
    tab: Tab
    width: int
    state: object = None
    registered: tuple[tuple[str, LinkStatus], ...] = ()


class Details(Struct, frozen=True, kw_only=True):
    """A page of details: the verdict above it, and the rows of each line for the requested width."""

    wanted: DetailRequest
    verdict: Pieces
    deliveries: int
    page: Page
    rows: list[list[tuple[Piece, ...]]]


def read(journal: Path, wanted: DetailRequest, now: datetime, secrets: Mapping[str, str]) -> Details | None:
    """Return the requested details, or None when there is no such capture. Raises JournalError.

    `secrets` has the app secrets, by name, with which a wrong signature is explained.
    """
    found = read_details(journal, wanted.capture_id)
    if found is None:
        return None
    finding = _explain_signature(found, secrets)
    if wanted.tab is Tab.HANDSHAKE:
        lines = [*handshake(found.capture, handshakes_before(journal, found), wanted.registered, now)]
    else:
        lines = _page(found, wanted, now, finding)
    page = Page(lines, folds=wanted.tab is Tab.TREE)
    page.prepare()
    return Details(
        wanted=wanted,
        verdict=[
            *_cut(page),  # First: the lines of a large batch may leave no room.
            *capture_header(
                found.capture,
                now,
                wanted.width,
                None if wanted.tab is Tab.SIGNATURE else finding,
                deliveries=() if wanted.tab is Tab.DELIVERIES else found.deliveries,
                position=wanted.position,
            ),
        ],
        deliveries=len(found.deliveries),
        page=page,
        rows=wrap_each(lines, wanted.width),
    )


def _cut(page: Page) -> Pieces:
    """Say above a page that it lacks a part of the body, and how to get that: a hit of a search may be there."""
    if page.cut is None:
        return []
    key, _ = ACTIONS["export"].button or ("", "")
    message = f"shown is {page.cut}  "
    return [(Tone.WARN, "! "), (Tone.TEXT, message), (Tone.ACCENT, key), (Tone.MUTED, " exports all of it\n")]


def _explain_signature(found: CaptureDetails, secrets: Mapping[str, str]) -> Finding | None:
    if len(found.capture.request.body) > LARGE:
        return None
    return explain_capture_signature(found.capture, secrets=secrets, run=found.run, original=found.original)


def copied(journal: Path, ref: EventRef, tab: Tab) -> tuple[str, str] | None:
    """Return the text to copy from a page, and its name. Bytes that are not text come in hex. Raises JournalError."""
    found = named_captures(journal, [ref])
    if not found:
        return None
    (capture,) = found
    if tab is Tab.HEADERS:
        return "\n".join(f"{name}: {value}" for name, value in _headers(capture)), f"the headers of #{ref}"
    try:
        text = capture.request.body.decode("utf-8")
    except UnicodeDecodeError:
        return capture.request.body.hex(" "), f"the body of #{ref} in hex"
    return text, f"the body of #{ref}"


def _page(details: CaptureDetails, wanted: DetailRequest, now: datetime, finding: Finding | None) -> list[BodyLine]:
    capture = details.capture
    match wanted.tab:
        case Tab.EVENT if len(capture.request.body) <= LARGE and (decoded := story(capture, wanted.position)):
            return decoded
        case Tab.EVENT | Tab.TREE:
            return body.parsed(capture.request.body) if capture.request.body else _query(capture)
        case Tab.RAW:
            return _with_line_ends(body.raw(capture.request.body))
        case Tab.HEADERS:
            return [pair(name, value) for name, value in _headers(capture)] or [note("no headers")]
        case Tab.SIGNATURE:
            return [*signature(capture, finding)]
        case _:
            return [*deliveries(details, now)]


def _with_line_ends(lines: Sequence[BodyLine]) -> list[BodyLine]:
    """Return lines of text with their line breaks, which are made visible like all control characters."""
    ended = [
        BodyLine(pieces=((Token.PLAIN, f"{line.pieces[0][1]}\n"),))
        if line.pieces[0][0] is next_line.pieces[0][0] is Token.PLAIN
        else line
        for line, next_line in pairwise(lines)
    ]
    return [*ended, *lines[-1:]]


def _query(capture: Capture) -> list[BodyLine]:
    """Return the parameters of the query, the content of a request without a body."""
    return [*query(capture.request.target)] or [note("no body and no query")]


def _headers(capture: Capture) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in capture.request.headers]
