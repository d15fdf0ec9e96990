"""A healthy chain to examine, in which tests break one link each: a sandbox, a callback, a journal, tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from hookscope import paths
from hookscope.diagnosis.doctor.collector import DoctorRequest
from hookscope.diagnosis.doctor.examination import Line, examine
from hookscope.diagnosis.finding import State
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.journal.writer import JournalWriter
from hookscope.meta import wire
from hookscope.meta.catalog import WHATSAPP
from hookscope.model.record import Capture, Cause, Delivery, Run
from hookscope.model.timestamps import now
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN, Secret, SecretSources
from hookscope.settings import App
from tests.support.captures import make_capture, make_handshake

TOKEN = "callbackTOKEN42"


class Callback:
    """Somebody's callback; `status` is what it answers to a handshake with its token, `refusal` to any other."""

    status = 200
    refusal = 403

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer a handshake."""
        if request.query.get("hub.verify_token") != TOKEN:
            return web.Response(status=self.refusal)
        return web.Response(status=self.status, text=request.query["hub.challenge"])


class Scene:
    """The chain; the attributes may be changed before it is examined."""

    def __init__(self, server: SandboxServer, callback: Callback, url: str, journal: Path) -> None:
        self.server = server
        self.world = server.world
        self.callback = callback
        self.url = url
        self.journal = journal
        self.app_id = server.address.app_id
        self.secret = server.address.app_secret
        self.page_token = server.address.page_token
        self.user_token = server.address.user_token
        self.page_ids: tuple[str, ...] = ()
        self.wanted: dict[str, tuple[str, ...]] = {}

    def subscribe(self, topic: str = "page", **changes: Any) -> None:
        """Register a callback at the app, without a handshake."""
        usual: dict[str, Any] = {"callback_url": self.url, "fields": ("feed", "messages"), "version": "v25.0"}
        self.world.subscribe(self.app_id, topic, verify_token=Secret(TOKEN), **{**usual, **changes})

    def note(self, holder: str, *urls: str, **given: Any) -> LedgerEntry:
        """Have the ledger know that a run registered these URLs."""
        entry = LedgerEntry(
            graph_url=self.server.url,
            graph_version="v25.0",
            app_id=self.app_id,
            object="page",
            callback_urls=urls or (self.url,),
            fields=("feed",),
            holder=holder,
            opened_at=now(),
            updated_at=now(),
            **given,
        )
        return Ledger(paths.ledger_file()).begin(entry)

    def install(self, holder: str, *urls: str, **given: Any) -> InstallationEntry:
        """Have the ledger know that a run installed the app on the WhatsApp account, with these overrides."""
        entry = InstallationEntry(
            graph_url=self.server.url,
            graph_version="v25.0",
            app_id=self.app_id,
            scope=Scope(ScopeKind.WABA, self.world.whatsapp.id),
            callback_urls=urls,
            holder=holder,
            opened_at=now(),
            updated_at=now(),
            **given,
        )
        return InstallationLedger(paths.ledger_file()).begin(entry)

    async def keep(self, *captures: Capture, status: int | None = 200) -> None:
        """Have a run of the app keep these, and have its application answer the last one with that status."""
        async with JournalWriter(self.journal) as writer:
            run = await writer.begin_run(
                Run(key="k", app_id=self.app_id, objects=("page",), targets=("http://t/",), started_at=now())
            )
            kept = [await writer.append(replace(one, run_id=run.id), identify=Capture.identify) for one in captures]
            if kept:
                await writer.add_deliveries(
                    Delivery(
                        capture_id=kept[-1].id,
                        cause=Cause.FORWARD,
                        target="http://t/",
                        sent_at=now(),
                        status=status,
                        elapsed_ms=3.0,
                    )
                )

    async def examine(self) -> tuple[Line, ...]:
        """Return every finding."""
        environment = {PAGE_TOKEN: self.page_token.reveal(), USER_TOKEN: self.user_token.reveal()}
        app = App(app_id=self.app_id, secret=self.secret, graph_url=self.server.url, graph_version="v25.0")
        request = DoctorRequest(
            app=app,
            secrets=SecretSources(environment),
            journal=self.journal,
            wanted=self.wanted,
            verify_token=TOKEN,
            page_ids=self.page_ids,
            waba_id=self.world.whatsapp.id,
        )
        lines = await examine(request, notify=lambda _: None)
        shown = str([line.as_json() for line in lines])
        for secret in (self.secret, self.page_token, self.user_token, Secret(TOKEN)):
            assert secret.reveal() not in shown
        return lines

    async def red(self) -> set[str]:
        """Return the checks that fail."""
        return {line.check.id for line in await self.examine() if line.finding.failed}

    async def state(self, check: str) -> set[State]:
        """Return the states of one check's findings."""
        return {line.finding.state for line in await self.examine() if line.check.id == check}


@asynccontextmanager
async def healthy(tmp_path: Path) -> AsyncIterator[Scene]:
    """Set up a chain in which no line is red."""
    callback = Callback()
    runner = web.ServerRunner(web.Server(callback.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        async with SandboxServer() as server:
            scene = Scene(server, callback, url, tmp_path / "journal.db")
            scene.subscribe()
            scene.subscribe(WHATSAPP, fields=("messages",))
            await scene.keep(make_handshake(), from_test_button(), make_capture())
            yield scene
    finally:
        await runner.cleanup()


def from_test_button() -> Capture:
    """Return a notification of the dashboard's Test button."""
    entry = {"id": "0", "time": 1508962606, "changes": [{"field": "feed", "value": {"item": "status", "verb": "add"}}]}
    return make_capture(wire.encode({"object": "page", "entry": [entry]}))


def leads(entry_id: str) -> Capture:
    """Return a notification of a lead."""
    change = {"field": "leadgen", "value": {"leadgen_id": "195", "page_id": entry_id}}
    return make_capture(
        wire.encode({"object": "page", "entry": [{"id": entry_id, "time": 1751736582, "changes": [change]}]})
    )


def message(form: str) -> Capture:
    """Return a message to the Page, in an entry of this form: `messaging` or `standby`."""
    item = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1700000000000, "message": {"mid": form}}
    return make_capture(wire.encode({"object": "page", "entry": [{"id": "2", "time": 1700000000000, form: [item]}]}))


def echo(number: int) -> Capture:
    """Return an echo of a message that the Page sent."""
    message = {"mid": f"m{number}", "text": "hi", "is_echo": True, "app_id": 1}
    item = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1700000000000 + number, "message": message}
    entry = {"id": "1", "time": 1700000000000 + number, "messaging": [item]}
    return make_capture(wire.encode({"object": "page", "entry": [entry]}))
