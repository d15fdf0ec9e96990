"""The journal's facts about one app: its last handshake, Test, notification, and failures, from the newest captures."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from msgspec import Struct, field

from hookscope.journal.reader import JournalReader
from hookscope.meta.signature import ACCEPTED, SignatureVerdict
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.record import Kind, Source, is_played

_NEWEST = 1000
"""The number of captures that are examined."""

_CHUNK = 64
_FROM_META = (Source.LIVE, Source.SANDBOX)
_TEST_ENTRY = "0"
"""The entry's id in a notification of the dashboard's Test button, as captures show it."""


class JournalFacts(Struct, frozen=True, kw_only=True):
    """Facts from the newest captures, of which `notifications` came from Meta; a capture is None where there is none.

    `accepted` is the last notification without a fault in its signature. `refused` are the newer ones with a wrong
    signature, newest first; if none was accepted, also those without one, which Meta never sends. `unsigned` counts all
    with such a fault, and `played` those, with repeats, that are part of the sandbox's show. `real` is the last
    notification that is no Test, `by_field` the last capture of each `object.field`, a real one if there is any.
    `acknowledged_ms` are the times to answer, sorted. `accounts` maps an object to the ids of its entries. `echoes` are
    the echoes of messages, newest first.
    """

    notifications: int = 0
    handshake: CaptureSummary | None = None
    accepted: CaptureSummary | None = None
    refused: tuple[CaptureSummary, ...] = ()
    test: CaptureSummary | None = None
    real: CaptureSummary | None = None
    delivered: CaptureSummary | None = None
    duplicates: int = 0
    unsigned: int = 0
    played: int = 0
    acknowledged_ms: tuple[float, ...] = ()
    by_field: Mapping[str, CaptureSummary] = field(default_factory=dict)
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    echoes: tuple[CaptureSummary, ...] = ()


def is_test(capture: CaptureSummary) -> bool:
    """Return whether a notification looks like one of the dashboard's Test button."""
    return capture.event is not None and capture.event.entry_id == _TEST_ENTRY


def read_facts(journal: Path, app_id: str) -> JournalFacts | None:
    """Return the facts about an app, or None when no run of that app has captured anything. Raises JournalError."""
    if not journal.exists():
        return None
    with JournalReader(journal) as reader:
        captures = list(_captures(reader, app_id))
    return _facts(captures) if captures else None


def _captures(reader: JournalReader, app_id: str) -> Iterator[CaptureSummary]:
    """Yield the newest captures that came from outside to runs of the app, newest first."""
    numbers = list(reader.ids(newest=_NEWEST))
    owners: dict[int | None, bool] = {None: False}
    for end in range(len(numbers), 0, -_CHUNK):
        for capture in reversed(reader.lines(numbers[max(0, end - _CHUNK) : end])):
            if capture.run_id not in owners:
                run = reader.run(capture.run_id or 0)
                owners[capture.run_id] = run is not None and run.app_id == app_id
            if owners[capture.run_id] and capture.source in _FROM_META and capture.replay_of is None:
                yield capture


def _facts(captures: list[CaptureSummary]) -> JournalFacts:
    outside = [capture for capture in captures if capture.kind is Kind.NOTIFICATION]
    came = [one for one in outside if not is_played(one.source, one.kind, one.signature)]
    accepted = [one for one in came if _is_accepted(one)]
    repeats = [one for one in accepted if one.duplicate_of is not None]
    real_repeats = [one for one in repeats if one.source is not Source.SANDBOX]
    accounts: dict[str, dict[str, None]] = {}
    by_field: dict[str, CaptureSummary] = {}
    for one in accepted:
        if one.event and one.event.entry_id and not is_test(one):
            accounts.setdefault(one.event.object, {})[one.event.entry_id] = None
        if one.event:
            name = f"{one.event.object}.{one.event.field}"
            if name not in by_field or (is_test(by_field[name]) and not is_test(one)):
                by_field[name] = one
    return JournalFacts(
        notifications=len(came),
        handshake=next((one for one in captures if _is_verification(one)), None),
        accepted=next(iter(accepted), None),
        refused=_refused(came),
        test=next((one for one in accepted if is_test(one)), None),
        real=next((one for one in accepted if not is_test(one)), None),
        delivered=next((one for one in accepted if one.outcome), None),
        duplicates=len(real_repeats),
        unsigned=len(came) - len(accepted),
        played=len(outside) - len(came) + len(repeats) - len(real_repeats),
        acknowledged_ms=tuple(sorted(one.reply_ms for one in accepted if one.reply_ms is not None)),
        by_field=by_field,
        accounts={topic: tuple(ids) for topic, ids in accounts.items()},
        echoes=tuple(one for one in accepted if one.event and one.event.field.endswith("_echoes")),
    )


def _refused(came: Sequence[CaptureSummary]) -> tuple[CaptureSummary, ...]:
    """Return the notifications with a wrong signature that are newer than the last accepted one, newest first."""
    newer = tuple(takewhile(lambda one: not _is_accepted(one), came))
    if len(newer) == len(came):
        return newer
    return tuple(one for one in newer if one.signature is SignatureVerdict.INVALID)


def _is_accepted(capture: CaptureSummary) -> bool:
    return capture.signature in ACCEPTED


def _is_verification(capture: CaptureSummary) -> bool:
    """Return whether a capture is a verification request; a browser that opens the callback sends no parameters."""
    return capture.kind is Kind.HANDSHAKE and "hub." in capture.target
