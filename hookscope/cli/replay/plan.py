"""What a command line of `hookscope replay` adds up to, checked before anything is sent."""

import secrets
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from hookscope import settings
from hookscope.cli import output
from hookscope.cli.param_types import MOST, edit_body
from hookscope.cli.replay.sending import Replaying
from hookscope.cli.secrets import read_secrets
from hookscope.cli.signing import Signing
from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.replay.mutation import Mutation
from hookscope.outbound.replay.pacing import OriginalTiming, Pace, Rate, Unpaced
from hookscope.outbound.replay.schedule import Schedule, ScheduleOptions
from hookscope.services.replay_target import ReplayTargets
from hookscope.services.selection import Selection

_EDITED_AT_MOST = 20
_LOOKED_AT_ONCE = 500
_LOADED_AT_ONCE = 16


def plan(history: JournalReader, given: Mapping[str, Any]) -> Replaying:
    """The replay that the options ask for. Raises UsageError, before anything is sent, for one that cannot be."""
    numbers = Selection(chosen=given["chosen"], wanted=given["wanted"], since=given["since"]).sendable_ids(history)
    targets = ReplayTargets(history, given["to"])
    _check(targets, history, numbers)
    order = _order(given, len(numbers))
    signing = Signing(history, read_secrets(given["app_secret_file"]))
    change = Mutation(
        bodies=_edited(history, numbers) if given["edit"] else {},
        assignments=given["assignments"],
        resign=given["resign"],
        truncate=given["truncate"],
        bad_signature=given["bad_signature"],
    )
    sending = SenderSettings(
        connections=given["concurrency"],
        headers=tuple(settings.check_header(text) for text in given["header"]),
        verify=not given["skip_verify"],
    )
    if change.can_fail:
        for capture in _captures(history, numbers):
            change.apply(capture, signing.secret_of)
    return Replaying(
        history=history,
        lineup=Schedule(numbers, order),
        target=targets.of,
        form=lambda capture: change.apply(capture, signing.secret_of),
        pace=_pace(given),
        connections=given["concurrency"],
        sender=lambda: Sender(sending),
        as_json=given["as_json"],
    )


def _check(targets: ReplayTargets, history: JournalReader, numbers: "array[int]") -> None:
    """Raise UsageError unless all captures have a target."""
    if targets.is_given:
        return
    for start in range(0, len(numbers), _LOOKED_AT_ONCE):
        for run, number in history.origins(numbers[start : start + _LOOKED_AT_ONCE]).items():
            targets.run(run, number)


def _edited(history: JournalReader, numbers: "array[int]") -> dict[int, bytes]:
    """The bodies as the user has edited them, one after the other."""
    if len(set(numbers)) > _EDITED_AT_MOST:
        raise UsageError(
            f"--edit would open the editor {len(set(numbers)):,} times",
            hint=f"name at most {_EDITED_AT_MOST} captures, or change all of them with --set",
        )
    bodies = {}
    for capture in _captures(history, array("q", dict.fromkeys(numbers))):
        bodies[capture.id] = edit_body(capture.request.body)
    return bodies


def _captures(history: JournalReader, numbers: "array[int]") -> Iterator[Capture]:
    for start in range(0, len(numbers), _LOADED_AT_ONCE):
        chunk = numbers[start : start + _LOADED_AT_ONCE]
        found = history.several(chunk)
        yield from (found[number] for number in chunk if number in found)


def _order(given: Mapping[str, Any], captures: int) -> ScheduleOptions:
    total = captures * given["repeat"] * (given["dup"] + 1)
    if total > MOST:
        raise UsageError(f"{total:,} are too many to send", hint=f"--repeat and --dup make at most {MOST:,} of them")
    seed = given["seed"]
    if seed is None and (given["shuffle"] or given["drop"] or given["delay"]):
        seed = secrets.token_hex(4)
        output.print_progress(f"the same chance again: --seed {seed}")
    return ScheduleOptions(
        repeat=given["repeat"],
        copies=given["dup"],
        shuffle=given["shuffle"],
        drop=given["drop"],
        delay=given["delay"],
        seed=seed or "",
    )


def _pace(given: Mapping[str, Any]) -> Pace:
    if given["speed"]:
        return OriginalTiming(given["speed"])
    return Rate(given["max_rps"]) if given["max_rps"] else Unpaced()
