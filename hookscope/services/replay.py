"""Replay: choose captures, check them, and send them again. Front ends fill a `ReplayRequest` and read the attempts."""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, field

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.overrides import Override
from hookscope.model.capture_id import CaptureNames
from hookscope.model.faults import Delay, Share
from hookscope.model.record import MOST_CAPTURES, Capture, Delivery, Headers
from hookscope.outbound.http.sender import Sender, SenderSettings
from hookscope.outbound.replay.graceful_stop import GRACE_SECONDS, GracefulStop
from hookscope.outbound.replay.mutation import Mutation
from hookscope.outbound.replay.pacing import OriginalTiming, Pace, Rate, Unpaced
from hookscope.outbound.replay.replayer import Replayer, ReplayRoute
from hookscope.outbound.replay.schedule import Schedule, ScheduleOptions
from hookscope.secret_sources import SecretSources
from hookscope.services.events import EventLoader, event_of
from hookscope.services.replay_news import ReplayNews
from hookscope.services.replay_target import ReplayTargets
from hookscope.services.selection import Selection
from hookscope.services.signing import Ask, Signing

Sent = tuple[Capture, Delivery]
"""The sent request, as a capture of its own, and its delivery."""

_Batches: TypeAlias = "asyncio.Queue[Sequence[Sent] | None]"

Edit = Callable[[bytes], bytes]
"""Lets a person edit a body. Raises UsageError."""

_EDITED_AT_MOST = 20
_LOOKED_AT_ONCE = 500
_LOADED_AT_ONCE = 16


class ReplayRequest(Struct, frozen=True, kw_only=True):
    """The captures to send again, their target, form and timing.

    `ids`, `filter` and `since` choose the captures, as `Selection` says; `to` is None for each capture's own target.
    `bodies`, `assignments`, `resign`, `truncate` and `bad_signature` change what is sent, as `Mutation` says; `headers`
    are put into each request, `verify` is whether certificates are checked. `repeat` to `seed` make the schedule, as
    `ScheduleOptions` says. `speed` keeps the gaps between the captures, divided by it; `max_rps` is a rate; with
    neither all goes as fast as `connections` at once can.
    """

    ids: Sequence[CaptureNames] = ()
    filter: str = ""
    since: str | None = None
    to: str | None = None
    headers: Headers = ()
    verify: bool = True
    bodies: Mapping[int, bytes] = field(default_factory=dict)
    assignments: tuple[Override, ...] = ()
    resign: bool | None = None
    truncate: Share | None = None
    bad_signature: bool = False
    repeat: int = 1
    copies: int = 0
    shuffle: bool = False
    drop: Share | None = None
    delay: Delay | None = None
    seed: str = ""
    speed: float | None = None
    max_rps: float | None = None
    connections: int = 1


class PreparedReplay:
    """A checked replay, to be sent once: of the `planned` sends `dropped` were left out on purpose."""

    def __init__(self, loader: EventLoader, request: ReplayRequest, schedule: Schedule, route: ReplayRoute) -> None:
        self.planned = len(schedule)
        self.dropped = 0
        self._loader = loader
        self._request = request
        self._schedule = schedule
        self._route = route
        self._stopping = GracefulStop()

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Begin nothing more, and wait at most `grace` seconds for answers under way."""
        self._stopping.ask(grace)

    async def send(self) -> AsyncGenerator[Sequence[Sent], None]:
        """Send everything, or until stopped, and yield attempts once they are committed, some at a time.

        Live runs are told of replays of their captures.
        Raises JournalError. Close the iterator if it is not read to its end, as `aclosing` does.
        """
        request = self._request
        settings = SenderSettings(connections=request.connections, headers=request.headers, verify=request.verify)
        async with (
            JournalWriter(self._loader.history.path) as journal,
            Sender(settings) as sender,
            ReplayNews(self._loader.history) as news,
            aclosing(self.send_through(sender, journal)) as batches,
        ):
            async for batch in batches:
                news.add([again for again, _ in batch])
                yield batch

    async def send_through(self, sender: Sender, journal: JournalWriter) -> AsyncGenerator[Sequence[Sent], None]:
        """Do what `send` does with connections and a journal that are open, and leave it to the caller to tell runs."""
        batches: _Batches = asyncio.Queue()
        sending = asyncio.create_task(self._replay(sender, journal, batches), name="replay")
        try:
            while (batch := await batches.get()) is not None:
                yield batch
                batches.task_done()
            await sending
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    async def _replay(self, sender: Sender, journal: JournalWriter, batches: _Batches) -> None:
        async def tell(sent: Sequence[Sent]) -> None:
            batches.put_nowait(sent)
            await batches.join()  # A slow consumer slows the sending down.

        replayer = Replayer(
            history=self._loader,
            journal=journal,
            sender=sender,
            route=self._route,
            pace=_pace(self._request),
            connections=self._request.connections,
            stopping=self._stopping,
            on_committed=tell,
        )
        try:
            await replayer.run(self._schedule)
        finally:
            self.dropped = replayer.dropped
            batches.put_nowait(None)


@contextmanager
def prepare(
    request: ReplayRequest, journal: Path, *, secrets: SecretSources, ask: Ask, edit: Edit | None = None
) -> Iterator[PreparedReplay]:
    """Choose the captures and check everything that can be checked before sending. Raises UsageError, JournalError.

    `ask` is asked for an app secret that is needed and not known; `edit` is given each body to be edited.
    """
    with JournalReader(journal) as history:
        ids = Selection(chosen=request.ids, wanted=request.filter, since=request.since).sendable_ids(history)
        targets = ReplayTargets(history, request.to)
        _check_targets(targets, history, ids)
        schedule = Schedule(ids, _schedule_options(request, len(ids)))
        signing = Signing(history, secrets, ask)
        loader = EventLoader(history, signing.secret_of, request.resign)
        mutation = _mutation(request, _edited(loader, ids, edit) if edit else {})
        if mutation.can_fail or any(number < 0 for number in ids):
            for capture in _captures(loader, ids):
                mutation.apply(capture, signing.secret_of)
        route = ReplayRoute(target=targets.of, form=lambda capture: mutation.apply(capture, signing.secret_of))
        yield PreparedReplay(loader, request, schedule, route)


def _check_targets(targets: ReplayTargets, history: JournalReader, ids: "array[int]") -> None:
    """Raise UsageError unless all captures have a target."""
    if targets.is_given:
        return
    for start in range(0, len(ids), _LOOKED_AT_ONCE):
        captures = [event_of(number).capture_id for number in ids[start : start + _LOOKED_AT_ONCE]]
        for run, capture_id in history.run_ids(captures).items():
            targets.check_run(run, capture_id)


def _edited(loader: EventLoader, ids: "array[int]", edit: Edit) -> dict[int, bytes]:
    """Return the bodies as they were edited, one after the other."""
    count = len(set(ids))
    if count > _EDITED_AT_MOST:
        raise UsageError(
            f"--edit would open the editor {count:,} times",
            hint=f"name at most {_EDITED_AT_MOST} captures, or change all of them with --set",
        )
    if len({event_of(number).capture_id for number in ids}) < count:
        raise UsageError("--edit takes one event of a capture at a time", hint="edit the others in a second replay")
    captures = _captures(loader, array("q", dict.fromkeys(ids)))
    return {capture.id: edit(capture.request.body) for capture in captures}


def _captures(loader: EventLoader, ids: "array[int]") -> Iterator[Capture]:
    for start in range(0, len(ids), _LOADED_AT_ONCE):
        chunk = ids[start : start + _LOADED_AT_ONCE]
        found = loader.captures_by_id(chunk)
        yield from (found[capture_id] for capture_id in chunk if capture_id in found)


def _schedule_options(request: ReplayRequest, captures: int) -> ScheduleOptions:
    total = captures * request.repeat * (request.copies + 1)
    if total > MOST_CAPTURES:
        most = f"--repeat and --dup make at most {MOST_CAPTURES:,} of them"
        raise UsageError(f"{total:,} requests are too many to send", hint=most)
    return ScheduleOptions(
        repeat=request.repeat,
        copies=request.copies,
        shuffle=request.shuffle,
        drop=request.drop,
        delay=request.delay,
        seed=request.seed,
    )


def _mutation(request: ReplayRequest, edited: Mapping[int, bytes]) -> Mutation:
    return Mutation(
        bodies={**request.bodies, **edited},
        assignments=request.assignments,
        resign=request.resign,
        truncate=request.truncate,
        bad_signature=request.bad_signature,
    )


def _pace(request: ReplayRequest) -> Pace:
    if request.speed:
        return OriginalTiming(request.speed)
    return Rate(request.max_rps) if request.max_rps else Unpaced()
