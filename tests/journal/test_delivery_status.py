"""The delivery status of a capture at its applications."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import filter as filters
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Cause, Delivery, Failure, Kind, Reply, Source
from hookscope.model.timestamps import now
from tests.support.captures import WHEN, feed_body, make_capture, make_handshake

A, B = "http://localhost:3000/", "http://localhost:3001/"


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[JournalWriter]:
    async with JournalWriter(tmp_path / "journal.db") as opened:
        yield opened


def came(target: str, what: int | Failure, *, cause: Cause = Cause.FORWARD) -> Delivery:
    status, failure = (what, None) if isinstance(what, int) else (None, what)
    return Delivery(
        capture_id=1, cause=cause, target=target, sent_at=WHEN, status=status, elapsed_ms=1, failure=failure
    )


async def keep(journal: JournalWriter, deliveries: Sequence[Delivery], capture: Capture | None = None) -> JournalReader:
    await journal.append(capture or make_capture())
    if deliveries:
        await journal.add_deliveries(*deliveries)
    return JournalReader(journal.path)


DOWN, BROKEN, REPLAY = Failure.UNREACHABLE, Failure.TIMEOUT, Cause.REPLAY


@pytest.mark.parametrize(
    ("deliveries", "answers", "shown"),
    [
        ([came(A, 200)], {"200"}, "200"),
        ([came(A, DOWN)], {"held"}, "held"),
        ([came(A, DOWN), came(A, 500)], {"500"}, "500"),
        ([came(A, BROKEN)], {"err"}, "err"),
        ([came(A, 500), came(A, 200, cause=REPLAY)], {"200"}, "200"),
        ([came(A, DOWN), came(A, DOWN, cause=REPLAY)], {"held"}, "held"),
        ([came(A, DOWN), came(A, 200, cause=REPLAY)], {"held"}, "held"),
        ([came(A, 200), came(A, DOWN, cause=REPLAY)], {"err"}, "err"),
        ([came(A, DOWN), came(B, 200)], {"held", "200"}, "held"),
        ([came(A, 500), came(B, 200)], {"500", "200"}, "500"),
        ([came(A, BROKEN), came(B, 200)], {"err", "200"}, "err"),
        ([came(A, DOWN), came(B, 500)], {"held", "500"}, "held"),
        ([came(A, 200), came(B, 201)], {"200", "201"}, "201"),
    ],
)
async def test_of_each_application_the_last_counts_and_of_several_the_worst(
    journal: JournalWriter, deliveries: list[Delivery], answers: set[str], shown: str
) -> None:
    with await keep(journal, deliveries) as history:
        assert history.delivery_statuses([1]) == {1: answers}
        outcome = history.outcomes([1])[1]
        assert ("held" if outcome.held else str(outcome.status or "err")) == shown
        assert [line.outcome for line in history.lines([1])] == [outcome]


@pytest.mark.parametrize(
    "capture",
    [
        make_capture(reply=Reply(status=502)),  # Meta was told so, and sends it again.
        make_capture(reply=Reply(status=None)),
        make_capture(kind=Kind.STRAY),
        make_capture(signature=Signature(verdict=SignatureVerdict.INVALID)),
        make_handshake(),
    ],
    ids=["refused", "not answered yet", "stray", "forged", "handshake"],
)
async def test_captures_owed_to_no_application_are_not_held(journal: JournalWriter, capture: Capture) -> None:
    with await keep(journal, [came(A, DOWN)], capture) as history:
        assert history.delivery_statuses([1]) == {1: {"err"}}
        assert not history.outcomes([1])[1].held


@pytest.mark.parametrize(
    ("deliveries", "target"),
    [
        ([], None),
        ([came(A, 200, cause=REPLAY)], None),
        ([came(A, 200), came(B, 200)], B),
        ([came(A, 500), came(B, 200)], A),
        ([came(A, BROKEN), came(B, 200)], A),
        ([came(A, 500), came(B, BROKEN)], A),
        ([came(A, 500), came(B, 200), came(A, 200, cause=REPLAY)], A),
        ([came(A, 500), came(B, 500), came(A, 200, cause=REPLAY)], B),
        ([came(A, DOWN), came(B, 200)], B),
        ([came(A, 200), came(B, 200), came("http://localhost:3002/", 500, cause=REPLAY)], B),
    ],
)
async def test_of_several_applications_the_one_that_needs_it_most_gets_it_again(
    journal: JournalWriter, deliveries: list[Delivery], target: str | None
) -> None:
    with await keep(journal, deliveries) as history:
        assert history.forwarded_to(1) == target


async def test_a_replay_with_other_bytes_says_nothing_about_the_original(journal: JournalWriter) -> None:
    original = await journal.append(make_capture())
    edited = make_capture(feed_body("edited"), source=Source.REPLAY, replay_of=original.id)
    again = make_capture(source=Source.REPLAY, replay_of=original.id)
    [(one, _), (two, _)] = await journal.add_replays([(edited, came(A, 500, cause=REPLAY)), (again, came(A, 201))])
    with JournalReader(journal.path) as history:
        found = {number: outcome.status for number, outcome in history.outcomes([original.id, one.id, two.id]).items()}
        assert found == {original.id: 201, one.id: 500, two.id: 201}
        assert history.delivery_statuses([original.id]) == {original.id: {"201"}}
    [(last, _)] = await journal.add_replays([(edited, came(A, 503, cause=REPLAY))])
    with JournalReader(journal.path) as history:
        assert history.outcomes([original.id])[original.id].status == 201
        for wanted, expected in (("app:503", []), ("app:201", [original.id])):
            query = filters.compile_query(filters.parse(wanted), now())
            assert [one.id for one in history.captures(query) if one.id == original.id] == expected
    assert last.id


async def test_an_answer_that_is_not_what_it_must_be_does_not_count_as_accepted(journal: JournalWriter) -> None:
    wrong = replace(came(A, 200), error="the body with 200 is not the challenge")
    with await keep(journal, [wrong], make_handshake()) as history:
        outcome = history.outcomes([1])[1]
        assert (outcome.status, outcome.wrong, outcome.succeeded) == (200, True, False)
