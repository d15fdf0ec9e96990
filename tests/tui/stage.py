"""The real application on a real journal and a real control socket, driven by Textual's Pilot."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from msgspec.structs import replace
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.events import Key
from textual.keys import _character_to_key

from hookscope.control.board import StatusBoard
from hookscope.control.server import ControlServer
from hookscope.errors import UsageError
from hookscope.formats.redaction import redact_bytes
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef, SharedNumber
from hookscope.model.feed import Feed
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Cause, Delivery, Run, Source
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Phase,
    PhaseChanged,
    Probed,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
    TargetSeen,
    TunnelUp,
)
from hookscope.tui.app import HookscopeApp
from hookscope.views.status import Status
from tests.support.captures import SECRET, WHEN, make_capture
from tests.support.until import until

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZES = ((80, 24), (60, 20), (140, 40))
SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "HOOKSCOPE_UPDATE_SNAPSHOTS"
"""Set this environment variable to write the snapshots anew instead of comparing with them."""

PUBLIC_URL = "https://calm-otter.example.com"
CALLBACK_URL = f"{PUBLIC_URL}/x7Jq2vR9sKd0wZbQ1nT4uYeP"
STARTED = WHEN - timedelta(minutes=4)


class PlayedEngine:
    """An engine that says what a test wants it to, and keeps what it was asked."""

    def __init__(self, journal: JournalWriter, status: Status) -> None:
        self.journal = journal
        self.board = StatusBoard(status)
        self.feed = Feed()
        self.stops: list[str] = []
        self.forced = 0
        self.replays: list[tuple[int | EventRef, str | None]] = []
        self.bodies: list[bytes | None] = []
        self.triggered: list[bytes] = []
        self.findings: list[dict[str, Any]] = []
        self.answer: Any = {}
        self.say_no = False
        self._run: Run | None = None
        self.answers = asyncio.Event()  # Replays are answered once it is set.
        self.answers.set()

    async def run_id(self) -> int:
        """The run, to which all captures belong that are not said to be of another."""
        if self._run is None:
            targets = self.board.status.targets
            self._run = await self.journal.begin_run(
                Run(key="played", app_id="1234567890", objects=("page",), targets=targets, started_at=STARTED)
            )
        return self._run.id

    def stop(self, reason: str) -> None:
        self.stops.append(reason)

    def force_stop(self) -> None:
        self.forced += 1

    async def show_replays(self, capture_ids: Sequence[int]) -> None:
        """The screen reads them in the journal."""

    async def replay(self, named: int | EventRef, to: str | None, body: bytes | None) -> Delivery:
        number = named.capture_id if isinstance(named, EventRef) else named
        self.replays.append((named, to))
        self.bodies.append(body)
        target = to or next(iter(self.board.status.targets), None)
        if target is None or self.say_no:
            raise UsageError("there is no application to send to", hint="name one")
        await self.answers.wait()
        elapsed = 23.4 + (len(self.replays) - 1) / 10  # No two take equally long: what is shown of them is read again.
        return await self.deliver(number, cause=Cause.REPLAY, target=target, elapsed_ms=elapsed)

    async def trigger(self, body: bytes) -> Delivery:
        self.triggered.append(body)
        if self.say_no:
            raise UsageError("the run is still starting", hint="try again in a moment")
        [capture] = await self.receive(make_capture(body, source=Source.TRIGGER))
        return Delivery(
            capture_id=capture.id,
            cause=Cause.TRIGGER,
            target="http://127.0.0.1:53211/",
            sent_at=WHEN,
            status=200,
            elapsed_ms=1.2,
        )

    async def examine(self) -> list[dict[str, Any]]:
        await self.answers.wait()
        if self.say_no:
            raise UsageError("the run is still starting", hint="try again in a moment")
        return self.findings

    def find_id(self, entry: SharedNumber) -> int:
        return entry.seq

    async def fetch(self, number: int) -> list[FetchedNode]:
        await self.answers.wait()
        if self.say_no:
            raise UsageError("a Page's token is missing", hint="set HOOKSCOPE_PAGE_TOKEN")
        return [FetchedNode(capture_id=number, kind="lead", node="195", fetched_at=WHEN, answer=self.answer)]

    def redact(self, texts: Sequence[bytes]) -> list[bytes]:
        return [redact_bytes(text, (SECRET,)) for text in texts]

    def say(self, item: RunEvent) -> None:
        self.board.update(item)

    def go_live(self) -> None:
        """Play everything between the start and the first event."""
        self.say(ReceiverListening(url="http://127.0.0.1:53211", at=STARTED))
        self.say(TunnelUp(provider="ngrok", public_url=PUBLIC_URL, at=STARTED))
        self.say(Probed(ok=True, elapsed_ms=142, at=STARTED))
        for target in self.board.status.targets:
            self.say(TargetSeen(target=target, up=True, at=STARTED))
        fields = ("feed", "messages")
        self.say(SubscriptionActive(object="page", fields=fields, callback_url=CALLBACK_URL, at=STARTED))
        self.say(PhaseChanged(phase=Phase.LIVE, at=STARTED))

    async def receive(self, *captures: Capture) -> list[Capture]:
        """Receive captures as the receiver would add and publish them."""
        stored = []
        for capture in captures:
            own = capture if capture.run_id else replace(capture, run_id=await self.run_id())
            added = await self.journal.append(own, identify=Capture.identify)
            self.say(Captured(capture=added, at=capture.received_at))
            stored.append(added)
        return stored

    async def deliver(self, number: int, **changes: Any) -> Delivery:
        """Record a delivery that an application answered with 200, unless told otherwise."""
        told: dict[str, Any] = {"cause": Cause.FORWARD, "target": "http://localhost:3000/hook", "status": 200}
        told |= {"sent_at": WHEN, "elapsed_ms": 23.4, "answer": b'{"ok":true}'}
        delivery = Delivery(capture_id=number, **(told | changes))
        await self.journal.add_deliveries(delivery)
        self.say(Delivered(delivery=delivery, at=delivery.sent_at))
        return delivery


class Stage:
    """The application and the engine that it watches. `clock` is the time that the application sees."""

    def __init__(self, folder: Path, journal: JournalWriter, status: Status) -> None:
        self.clock = WHEN
        self.engine = PlayedEngine(journal, status)
        self._socket = folder / "s"
        self._server: ControlServer | None = None
        self.app: HookscopeApp
        self.pilot: Pilot[None]

    async def serve(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._socket))
        listener.listen()
        self._server = ControlServer(self.engine, listener)
        await self._server.__aenter__()

    async def die(self) -> None:
        """End the engine without a word, as SIGKILL would."""
        if self._server:
            server, self._server = self._server, None
            await server.__aexit__(None, None, None)

    @asynccontextmanager
    async def show(self, size: tuple[int, int], *, attached: bool) -> AsyncIterator[None]:
        self.app = HookscopeApp(
            socket=str(self._socket),
            journal=self.engine.journal.path,
            attached=attached,
            signing={"the app secret": SECRET},
            clock=lambda: self.clock,
        )
        # There is no terminal to paint on; a test looks at the screen with `frame`.
        with patch.object(Compositor, "render_update"), patch.object(Stylesheet, "_parse_rules", _parse_once):
            async with self.app.run_test(size=size) as self.pilot:
                yield

    def type(self, *keys: str) -> None:
        """Press keys as fast as a terminal sends them, whatever the screen does."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(Key(name, key if len(key) == 1 else None))

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the screen has done what they say."""
        self.type(*keys)
        await self.pilot.pause(0)
        await until(lambda: self.app.keyboard.is_quiet)
        await self.pilot.pause(0)

    def frame(self) -> str:
        """Return the characters on the screen, without blanks at the ends of lines."""
        visible_screen_stack.set(self.app._background_screens)
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def see(self, *parts: str) -> str:
        """Wait until the screen shows all of these texts."""

        def shows_all() -> bool:
            frame = self.frame()
            return all(part in frame for part in parts)

        return await self.until(shows_all, f"{parts}")

    async def miss(self, part: str) -> str:
        """Wait until the screen does not show this text anymore."""
        return await self.until(lambda: part not in self.frame(), f"no {part!r}")

    async def until(self, predicate: Callable[[], bool], what: str = "") -> str:
        """Wait until that is so; the screen then."""
        try:
            await until(predicate)
        except TimeoutError:
            raise AssertionError(f"{what} was not to be seen on\n{self.frame()}") from None
        await self.pilot.pause(0)
        return self.frame()

    async def matches(self, name: str) -> None:
        """Wait until the screen is that of a snapshot."""
        size = self.app.size
        file = SNAPSHOTS / f"{name}-{size.width}x{size.height}.txt"
        if os.environ.get(UPDATE):
            await self.pilot.pause(0.2)  # The scrollbars follow the list.
            file.write_text(f"{self.frame()}\n", encoding="utf-8")
        assert file.exists(), f"no snapshot {file.name}: run the tests once with {UPDATE}=1"
        wanted = file.read_text(encoding="utf-8")
        await self.until(lambda: f"{self.frame()}\n" == wanted, f"{file.name}:\n{wanted}")


_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parse_once(stylesheet: Stylesheet, css: str, **source: Any) -> list[RuleSet]:
    """Parse the same style sheet with the same colors for the first application only: it is a sixth of a test."""
    key = (css, *source.values(), *stylesheet._variables.values())
    if key not in _parsed:
        _parsed[key] = _parse_rules(stylesheet, css, **source)
    return _parsed[key]


@asynccontextmanager
async def stage(
    folder: Path, *, size: tuple[int, int] = (80, 24), attached: bool = False, live: bool = True, **status: Any
) -> AsyncIterator[Stage]:
    """Put the application on the screen, watching an engine that is live, or that is about to start."""
    told = {"app_id": "1234567890", "started_at": STARTED.isoformat()} | status
    async with JournalWriter(folder / "journal.db") as journal:
        played = Stage(folder, journal, Status(**told))
        if live:
            played.engine.go_live()
        await played.serve()
        try:
            async with played.show(size, attached=attached):
                yield played
        finally:
            # A watcher that has gone is noticed with the next word to it.
            played.engine.say(Stopped(captures=0, notifications=0, exit_code=0))
            await played.die()


def at(seconds: float) -> datetime:
    """Return a moment after the one at which tests begin."""
    return WHEN + timedelta(seconds=seconds)
