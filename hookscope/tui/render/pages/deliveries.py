"""The deliveries page: our answer, every forward and replay, and how each answer differs from the one before."""

from collections.abc import Iterator
from datetime import datetime
from difflib import ndiff

from hookscope.model.record import Capture, Delivery
from hookscope.services.captures import CaptureDetails
from hookscope.tui.render.capture_header import is_sent_here, size
from hookscope.tui.render.capture_row import clock
from hookscope.tui.render.pages.lines import BLANK, note
from hookscope.views.body import BodyLine, Token
from hookscope.views.duration import duration

_SHOWN_ANSWER = 4096
_MOST_CHANGES = 40


def deliveries(details: CaptureDetails, now: datetime) -> Iterator[BodyLine]:
    """Yield the lines of every attempt, oldest first."""
    capture = details.capture
    if not_sent := details.explain_not_sent():
        yield from (*_answer(capture), BLANK, note(not_sent))
        return
    if not is_sent_here(capture):
        yield from (*_answer(capture), BLANK)
    before: dict[str, Delivery] = {}
    for number, delivery in enumerate(details.deliveries, 1):
        yield from _delivery(delivery, now, number if len(details.deliveries) > 1 else None)
        if (earlier := before.get(delivery.target)) is None:
            yield from () if delivery.status is None else _text(delivery.answer)
        else:
            yield from _changes(earlier, delivery)
        yield BLANK
        before[delivery.target] = delivery


def _answer(capture: Capture) -> list[BodyLine]:
    reply = capture.reply
    if reply.status is None:
        return [note("no answer: it did not come through the receiver")]
    took = f" in {duration(reply.elapsed_ms)}" if reply.elapsed_ms is not None else ""
    return [
        BodyLine(pieces=((Token.KEY, "hookscope → sender  "), (Token.NUMBER, str(reply.status)), (Token.NOTE, took))),
        *_text(reply.body),
    ]


def _delivery(delivery: Delivery, now: datetime, number: int | None) -> Iterator[BodyLine]:
    good = delivery.succeeded
    outcome = f"{'✓' if good else '✗'} {delivery.status or 'no answer'}"
    wording = f"  {duration(delivery.elapsed_ms)}"
    if delivery.replay_id:
        wording += f"  as #{delivery.replay_id}"
    when = (Token.NOTE, f"{f'{number}. ' if number else ''}{clock(delivery.sent_at, now)}  ")
    cause = (Token.KEY, f"{delivery.cause} → {delivery.target}  ")
    yield BodyLine(pieces=(when, cause, (Token.STRING if good else Token.PROBLEM, outcome), (Token.NOTE, wording)))
    if delivery.error:
        yield BodyLine(indent=1, pieces=((Token.PROBLEM, delivery.error),))


def _changes(before: Delivery, after: Delivery) -> Iterator[BodyLine]:
    """Yield the differences of an answer from the same application's one before."""
    if before.status != after.status:
        wording = f"~ {before.status or 'no answer'} before, {after.status or 'no answer'} now"
        yield BodyLine(indent=1, pieces=((Token.PROBLEM if not after.succeeded else Token.STRING, wording),))
    if after.status is None:
        return
    if before.answer == after.answer:
        yield note("= the same body as before", indent=1)
        return
    changes = [line for line in ndiff(_beginning(before.answer), _beginning(after.answer)) if line[0] != "?"]
    for line in changes[:_MOST_CHANGES]:
        token = {"-": Token.PROBLEM, "+": Token.STRING}.get(line[0], Token.NOTE)
        yield BodyLine(indent=1, pieces=((token, line),))
    if len(changes) > _MOST_CHANGES:
        yield note(f"… {len(changes) - _MOST_CHANGES:,} more lines", indent=1)


def _beginning(answer: bytes) -> list[str]:
    return answer[:_SHOWN_ANSWER].decode("utf-8", "replace").splitlines()


def _text(answer: bytes) -> list[BodyLine]:
    """Return the beginning of an answer's body."""
    if not answer:
        return [note("empty body", indent=1)]
    lines = answer[:_SHOWN_ANSWER].decode("utf-8", "replace").split("\n")
    shown = [BodyLine(indent=1, pieces=((Token.PLAIN, line),)) for line in lines]
    return shown if len(answer) <= _SHOWN_ANSWER else [*shown, note(f"… {size(len(answer))} in all")]
