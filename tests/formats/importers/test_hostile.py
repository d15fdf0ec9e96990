"""Any file is read, or refused with a place and a reason; every capture that is read can be stored."""

import copy
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hookscope.errors import UsageError
from hookscope.formats.exporters.registry import export
from hookscope.formats.importers.detect import read_captures
from hookscope.journal.codec import capture_values
from tests.formats.importers.test_importers import har, ngrok
from tests.support.captures import make_capture, make_handshake
from tests.support.examples import examples

SAMPLES: tuple[Any, ...] = (
    json.loads(export([make_capture(b"\xff", id=1)], "ndjson")),
    json.loads(export([make_handshake(id=1), make_capture(id=2)], "har")),
    har(),
    {"requests": [ngrok(b"{}")]},
)
LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(
        ["\ud800", "\r\n", "\x00", "A==", "base64", "handshake", "9999-12-31T23:59:59.9999-23:59", 10**400]
    ),
    st.lists(st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.text())), max_size=3),
    st.dictionaries(st.text(), st.text(), max_size=3),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to everything within a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*way, key)
        yield from places(inner, (*way, key))


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Draw one of the samples with other values in a few places."""
    value = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 2))):
        if not (found := list(places(value))):
            break
        *way, last = draw(st.sampled_from(found))
        holder = value
        for step in way:
            holder = holder[step]
        if draw(st.booleans()):
            holder[last] = draw(LEAF)
        elif isinstance(holder, dict):
            del holder[last]
    return json.dumps(value)


def read(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as db, suppress(UsageError):
        for capture in read_captures(io.StringIO(text).read, ["a secret"], skip=str):
            values = capture_values(capture, capture.reply.elapsed_ms, capture.duplicate_of, capture.originals)
            db.execute(f"SELECT {', '.join('?' * len(values))}", values)


@given(spoilt())
@examples(250)
def test_other_values_in_a_file_are_read_or_refused(text: str) -> None:
    read(text)


@given(st.sampled_from(SAMPLES), st.data())
@examples(200)
def test_other_characters_in_a_file_are_read_or_refused(sample: Any, data: st.DataObject) -> None:
    text = json.dumps(sample)
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    read(text[:first] + data.draw(st.text(max_size=5)) + text[last:])
