"""Captures are unchanged after an export and an import."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import export
from hookscope.formats.importers.detect import read_captures
from hookscope.model.record import Capture, Source
from tests.support.captures import batch_body, feed_body, make_capture, make_handshake
from tests.support.examples import examples
from tests.support.strategies import captures

AS_IT_IS = Options(redact=False)


def loaded(exported: bytes, chunk: int | None = None) -> list[Capture]:
    text = io.StringIO(exported.decode())
    return list(read_captures(lambda size: text.read(chunk or size), (), skip=pytest.fail))


@pytest.mark.parametrize("form", ["har", "ndjson"])
@given(st.lists(captures(), min_size=1, max_size=4), st.integers(1, 200))
@examples(150)
def test_every_capture_comes_back_exactly(form: str, given_: list[Capture], chunk: int) -> None:
    assert loaded(export(given_, form, AS_IT_IS), chunk) == given_


@pytest.mark.parametrize("form", ["har", "ndjson"])
def test_captures_without_secrets_come_back_exactly_despite_redaction(form: str) -> None:
    for given_ in (
        make_capture(feed_body("50% of <b>@all</b> \u2028 \U0001f600"), id=7, duplicate_of=3, replay_of=2),
        make_capture(batch_body(), id=6, originals=(None, 3)),
        make_capture(batch_body(), id=6, originals=(4, 3), duplicate_of=4),
        make_capture(b"\xff\xfe\x00", id=8, flaw="the body ended early"),
        make_capture(b"no json", id=9),
        make_capture(batch_body(), id=6, marked=True, marked_events=(2,)),
    ):
        assert loaded(export([given_], form)) == [replace(given_, source=Source.IMPORT)]


@pytest.mark.parametrize("positions", [2, "2", [0], [1001], [True], [None]])
def test_marks_on_impossible_events_are_refused(positions: object) -> None:
    marked = json.loads(export([make_capture(batch_body(), marked=True)], "ndjson"))
    with_marks = io.StringIO(json.dumps({**marked, "marked_events": positions}) + "\n")
    with pytest.raises(UsageError, match="'marked_events' is not a list"):
        list(read_captures(with_marks.read, (), skip=pytest.fail))


def test_an_export_without_captures_is_read() -> None:
    assert loaded(export([], "har")) == []


def test_a_verify_token_does_not_come_back() -> None:
    (back,) = loaded(export([make_handshake(id=1)], "har"))
    assert back.request.target == "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=REDACTED"
