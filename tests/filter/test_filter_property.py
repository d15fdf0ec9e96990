"""The filter language, whatever is written in it: it reads what it writes, and both ways of searching agree."""

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from hookscope import filter as filters
from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Not, Or, Term, Text
from hookscope.filter import Path as At
from hookscope.journal import candidates, search_index
from hookscope.journal.connection import open_for_writing
from hookscope.journal.editor import JournalEditor
from hookscope.journal.inserts import insert, insert_deliveries
from hookscope.journal.reader import JournalReader
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.append import Append
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture, Cause, Delivery, Failure, Kind, Reply, is_genuine
from hookscope.model.search_fields import Flag, Key
from hookscope.model.tokenizer import words
from tests.support.captures import WHEN, make_capture, make_handshake
from tests.support.examples import examples
from tests.support.time_zone import time_zone

NOW = WHEN + timedelta(minutes=30)

# Few different words, so that filters and captures meet; some that are hard.
SAID = st.sampled_from(
    (
        *(
            "hi",
            "Hi there",
            "there hi",
            "hit",
            "Straße",
            "STRASSE",
            "straße 12",
            "12 strasse",
            "日本語",
            "本日",
            "👍 ok",
            "é",
            "e\u0301",
            "ﬁne",
        ),
        *("a\nb", 'a"b', "a\\nb", "901_903", "x-y", "…", "", "\ud800", "\ue000k", "true", "1.5", "x" * 70),
    )
)
NAMES = st.sampled_from(
    ("page", "Page", "feed", "feedback", "fe*d", "a b", "mess_ages", "", "0", "ÄÖ", "f" * 70, '"', "\ue001")
)
SCALARS = st.one_of(SAID, st.integers(-2, 12), st.sampled_from((1.5, True, None)))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("from", "id", "item", "x")), inner, max_size=3)
    ),
    max_leaves=5,
)
STEPS = st.lists(
    st.sampled_from(("entry", "changes", "value", "item", "from", "id", "x", 0, 1)), min_size=1, max_size=5
)
BARE = st.sampled_from(
    ("hi", "h", "strass", "straße-12", "日", "日本", "👍", "901", "x-y", "fine", "nowhere", "tr", "/hook")
)


CHANGES = st.fixed_dictionaries({"field": NAMES, "value": VALUES})
ENTRIES = st.fixed_dictionaries({"id": NAMES, "time": st.just(1), "changes": st.lists(CHANGES, max_size=2)})
BODIES = st.one_of(st.fixed_dictionaries({"object": NAMES, "entry": st.lists(ENTRIES, max_size=2)}), VALUES)
NOTES = st.one_of(st.none(), SAID.filter(lambda text: text.isprintable()))


@st.composite
def captures(draw: st.DrawFn) -> Capture:
    if draw(st.integers(0, 9)) == 0:
        return make_handshake(received_at=draw(MOMENTS))
    raw = json.dumps(draw(BODIES)).encode() + b" " * draw(st.sampled_from((0, 0, 0, 0, search_index.LARGE)))
    status = draw(st.sampled_from((200, 401, 404, None)))
    return make_capture(
        draw(st.one_of(st.just(raw), st.binary(max_size=5))) if draw(st.integers(0, 9)) == 0 else raw,
        kind=draw(st.sampled_from((Kind.NOTIFICATION, Kind.NOTIFICATION, Kind.STRAY))),
        received_at=draw(MOMENTS),
        reply=Reply(status=status),
        signature=Signature(verdict=draw(st.sampled_from(SignatureVerdict))),
        replay_of=draw(st.sampled_from((None, None, 1))),
        marked=draw(st.booleans()),
        note=draw(NOTES),
    )


DELIVERIES = st.builds(
    lambda status, failure, **fields: Delivery(
        sent_at=WHEN, elapsed_ms=1, status=None if failure else status, failure=failure, **fields
    ),
    capture_id=st.integers(1, 45),
    cause=st.sampled_from((Cause.FORWARD, Cause.FORWARD, Cause.REPLAY)),
    target=st.sampled_from(("http://localhost:3000/", "http://localhost:3001/")),
    status=st.sampled_from((200, 201, 404, 500)),
    failure=st.sampled_from((None, None, *Failure)),
)


def answers(deliveries: list[Delivery], capture: Capture) -> set[str]:
    """Return the final results of a capture, at each application."""
    of = [one for one in deliveries if one.capture_id == capture.id]
    return {answer([one for one in of if one.target == target], capture) for target in {one.target for one in of}}


def answer(deliveries: list[Delivery], capture: Capture) -> str:
    forwarded = [one.failure for one in deliveries if one.cause is Cause.FORWARD]
    owed = is_genuine(capture.kind, capture.signature.verdict, capture.replay_of) and capture.reply.status == 200
    if owed and forwarded and set(forwarded) == {Failure.UNREACHABLE}:
        return "held"
    return "err" if deliveries[-1].status is None else str(deliveries[-1].status)


MOMENTS = st.integers(-7200, 1800).map(lambda seconds: WHEN + timedelta(seconds=seconds))
DAYS = (
    *("2026-11-20", "2026-11-21", "2026-11-20..2026-11-21", "..2026-11-20", "2026-11-21..", "..1999-01-01"),
    *("today", "yesterday", "yesterday..today", "..yesterday", "today..", "2026-11-21..2026-11-20", ".."),
)
"""Midnight is between the captures; see `at_midnight`."""
PATTERNS = st.lists(st.one_of(NAMES, st.just("*"), st.sampled_from(("fe", "p"))), min_size=1, max_size=3).map("".join)
TERMS = st.one_of(
    st.builds(Term, st.sampled_from((Key.OBJECT, Key.FIELD, Key.ENTRY, Key.SENDER)).map(str), PATTERNS),
    st.builds(Term, st.just("kind"), st.sampled_from(Kind).map(str)),
    st.builds(Term, st.just("sig"), st.sampled_from(SignatureVerdict).map(str)),
    st.builds(Term, st.just("is"), st.sampled_from(Flag).map(str)),
    st.builds(Term, st.just("status"), st.sampled_from(("200", "2xx", "4*", "x01", "40X", "5xx"))),
    st.builds(Term, st.just("app"), st.sampled_from(("200", "2xx", "4*", "x0x", "500", "err", "held", "*"))),
    st.builds(Term, st.just("id"), st.sampled_from(("2", "2..4", "..3", "3..", "9..1", f"1..{1 << 70}"))),
    st.builds(Term, st.just("since"), st.sampled_from(("0s", "45m", "1h", "2h", "99999w"))),
    st.builds(Term, st.just("on"), st.sampled_from(DAYS)),
)
TEXTS = st.one_of(
    st.builds(Text, BARE),
    st.builds(Text, SAID.filter(words), st.just(True)),
)
VALUES_AT = ("1", "true", "null", "[]", "*", "h*", "*a*", "1*5", "[*]", "Stra?e*")
LEAVES: st.SearchStrategy[Filter] = st.one_of(
    TERMS,
    TEXTS,
    st.builds(At, STEPS.map(tuple), st.booleans(), st.one_of(SAID, st.sampled_from(VALUES_AT))),
)


def parts(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[tuple[Filter, ...]]:
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.builds(And, parts(inner)), st.builds(Or, parts(inner)), st.builds(Not, inner)),
    max_leaves=6,
)


@given(FILTERS)
def test_written_values_read_the_same(filter_: Filter) -> None:
    assert filters.parse(filters.write(filter_)) == filter_


@given(st.text(alphabet='ab:*"\\ ()$.[0]=!orndtisnce2x…日', max_size=30))
def test_any_text_is_a_filter_or_an_error_with_its_place(text: str) -> None:
    try:
        read = filters.parse(text)
    except filters.FilterError as caught:
        error = caught
    else:
        assert filters.parse(filters.write(read)) == read
        return
    assert 0 <= error.position <= len(text)
    assert error.hint


@pytest.fixture(scope="module", autouse=True)
def few_are_many() -> Iterator[None]:
    """Have the newest hits of a search looked for as in a journal of many thousands."""
    with pytest.MonkeyPatch.context() as small:
        small.setattr(candidates, "_SAMPLE_SHIFT", 3)
        small.setattr(candidates, "_LEAST_SAMPLE", 1)
        yield


@pytest.fixture(scope="module", autouse=True)
def at_midnight() -> Iterator[None]:
    """Be where a day ends half an hour before most captures come, and begins anew."""
    with time_zone("XXX-5"):
        yield


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@examples(150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(captures(), min_size=1, max_size=45),
    st.lists(DELIVERIES, max_size=60),
    st.integers(0, 3),
    st.lists(FILTERS, min_size=1, max_size=5),
)
def test_the_index_finds_what_plain_evaluation_finds(
    folder: Path, given_captures: list[Capture], deliveries: list[Delivery], slices: int, asked: list[Filter]
) -> None:
    path = folder / "journal.db"
    path.unlink(missing_ok=True)
    connection = open_for_writing(path)
    connection.execute("PRAGMA synchronous = OFF")
    insert(connection, [Append(capture) for capture in given_captures])
    if deliveries:
        insert_deliveries(connection, deliveries)
    for _ in range(slices):
        search_index.fill(connection)
    with JournalReader(path) as history:
        stored = list(history.captures())
        came = {capture.id: answers(deliveries, capture) for capture in stored}
        for filter_ in asked:
            wanted = [capture.id for capture in stored if filters.matches(filter_, capture, NOW, came[capture.id])]
            query = filters.compile_query(filter_, NOW)
            assert history.matching_ids(query, sorted(came)) == set(wanted)
            assert list(history.capture_ids(query)) == wanted[::-1]
            assert list(history.capture_ids(query, newest_first=False)) == wanted
            assert [capture.id for capture in history.captures(query)] == wanted
            assert [capture.id for capture in history.captures(query, newest_first=True, after=3)] == [
                number for number in wanted[::-1] if number > 3
            ]
    connection.close()


EDITS = st.one_of(
    st.tuples(st.just("delete"), st.sets(st.integers(1, 8), min_size=1), st.none()),
    st.tuples(st.just("mark"), st.sets(st.integers(1, 8), min_size=1), st.booleans()),
    st.tuples(st.just("note"), st.sets(st.integers(1, 8), min_size=1, max_size=1), SAID),
    st.tuples(st.just("fill"), st.just(set[int]()), st.none()),
)


ALWAYS_ASKED = (Term("is", "marked"), Not(Term("is", "marked")), Text("hi"), Text("901"), Text("there hi", whole=True))


def edit(upkeep: JournalEditor, what: str, numbers: list[int], value: Any) -> None:
    match what:
        case "delete":
            upkeep.delete(numbers)
        case "mark":
            upkeep.mark([*map(EventRef, numbers)], marked=value)
        case "note":
            upkeep.note(numbers[0], value)
        case _:
            upkeep.catch_up()


@examples(80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(captures(), min_size=4, max_size=20),
    st.lists(EDITS, min_size=1, max_size=6),
    st.lists(FILTERS, min_size=1),
)
def test_the_index_follows_what_a_person_does_to_the_history(
    folder: Path, given_captures: list[Capture], edits: list[tuple[str, set[int], Any]], asked: list[Filter]
) -> None:
    path = folder / "edited.db"
    path.unlink(missing_ok=True)
    connection = open_for_writing(path)
    insert(connection, [Append(capture) for capture in given_captures])
    search_index.fill(connection)
    connection.close()
    with JournalEditor(path) as upkeep:
        for what, numbers, value in edits:
            edit(upkeep, what, sorted(numbers), value)
    with JournalReader(path) as history:
        stored = list(history.captures())
        for filter_ in (*asked, *ALWAYS_ASKED):
            wanted = [capture.id for capture in stored if filters.matches(filter_, capture, NOW)]
            assert list(history.capture_ids(filters.compile_query(filter_, NOW), newest_first=False)) == wanted


def test_a_term_that_is_no_filter_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        filters.parse("objct:page")
