"""`hookscope run` within a program: an async context manager that yields captures."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from hookscope import paths, run_registry, settings, urls
from hookscope.api.arguments import several
from hookscope.api.sandbox import Sandbox
from hookscope.errors import ExitCode, HookscopeError, UsageError
from hookscope.meta import catalog
from hookscope.secret_sources import APP_SECRET, SecretSources, check_app_secret, known_app_secret
from hookscope.settings import App, LeaseSettings, RunSettings

if TYPE_CHECKING:
    from hookscope.engine.engine import Engine
    from hookscope.model.feed import Subscriber
    from hookscope.model.fetched_node import FetchedNode
    from hookscope.model.record import Capture, Delivery
    from hookscope.model.run_events import RunEvent

_READ_AT_ONCE = 16


class RunHandle:
    """A live run: an async iterator of its captures, in order, until the run ends.

    Iterating again resumes where the last iteration stopped. A slow reader loses no capture.

        async for capture in live:
            if capture.kind == "notification":
                break
    """

    def __init__(self, engine: "Engine", subscriber: "Subscriber", journal: Path) -> None:
        self._engine = engine
        self._subscriber = subscriber
        self._journal = journal
        self._events: deque[RunEvent] = deque()
        self._captures: deque[Capture] = deque()

    @property
    def callback_url(self) -> str | None:
        """The URL that is registered on the app."""
        return self._engine.board.status.callback_url

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> "Capture":
        while not self._captures:
            if not self._events:
                self._events.extend(await self._subscriber.read())
            if not self._events:
                raise StopAsyncIteration
            # Removed only after it was read, so that a cancelled reader loses nothing.
            found, rest = await self._read(self._events[0])
            self._events.popleft()
            self._events.extendleft(rest)
            self._captures.extend(found)
        return self._captures.popleft()

    async def trigger(self, sample: str) -> "Delivery":
        """Send a sample notification, such as `page.feed.comment`, to the run's own callback, signed.

        `hookscope trigger --list` names the samples. Raises UsageError for an unknown one.

            delivery = await live.trigger("whatsapp_business_account.messages.text")
        """
        from hookscope.services.trigger import sample_body

        return await self._engine.trigger(sample_body(sample, {}))

    async def replay(self, capture_id: int | str, to: str | None = None) -> "Delivery":
        """Send a capture again, with the same bytes and the same signature, to `to` or its default target.

        `"12.3"` is the third event of capture 12 as a notification of its own, signed again.
        Raises HookscopeError when it cannot be sent. A delivery that failed is returned, not raised.

            delivery = await live.replay(12, to="http://localhost:3000/hook")
        """
        from hookscope.model.capture_id import EventRef, parse_names

        named = parse_names(capture_id) if isinstance(capture_id, str) else capture_id
        if not isinstance(named, int | EventRef):
            raise UsageError(f"{capture_id} names no capture of this run", hint='give its id, or an event as "12.3"')
        return await self._engine.replay(named, to)

    async def fetch(self, capture_id: int) -> "list[FetchedNode]":
        """Fetch the objects that a capture refers to from the Graph API, and keep them with the capture.

        They are conversations, comments, posts, leads, media, or messages; each has `kind`, `node`, and `answer`.
        Raises HookscopeError when nothing can be read.

            (lead,) = await live.fetch(12)
            print(lead.answer["field_data"])
        """
        return await self._engine.fetch(capture_id)

    async def _read(self, event: "RunEvent") -> "tuple[Iterable[Capture], Sequence[RunEvent]]":
        """Return an event's captures, and the events still to be read for it. A gap is filled from the journal."""
        from hookscope.model.run_events import Captured, Gap
        from hookscope.services.captures import captures_by_id

        if isinstance(event, Captured):
            return (event.capture,), ()
        if not isinstance(event, Gap):
            return (), ()
        numbers = range(event.first_id, event.last_id + 1)
        now, later = numbers[:_READ_AT_ONCE], numbers[_READ_AT_ONCE:]
        found = await asyncio.to_thread(captures_by_id, self._journal, now)
        own = [capture for capture in found if capture.run_id == self._engine.board.status.run_id]
        return own, [Gap(first_id=later[0], last_id=later[-1])] if later else []


def run(
    *,
    sandbox: bool | Sandbox = False,
    app_id: str | None = None,
    app_secret: str | None = None,
    objects: str | Sequence[str] = (),
    fields: str | Sequence[str] = (),
    pages: str | Sequence[str] = (),
    scope: str | None = None,
    forward_to: str | Sequence[str] = (),
    ack: Literal["early", "app"] = "early",
    tunnel: str | None = None,
    tunnel_host: str | None = None,
    tunnel_command: str | None = None,
    tunnel_url_pattern: str | None = None,
    public_url: str | None = None,
    domain: str | None = None,
    ngrok_path: str | Path | None = None,
    ngrok_pooling: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    path: str | None = None,
    verify_token: str | None = None,
    takeover: bool = False,
    restore_verify_token: str | None = None,
    no_restore: bool = False,
    journal: str | Path | None = None,
    graph_url: str = settings.GRAPH_URL,
    graph_version: str = catalog.DEFAULT_VERSION,
) -> AbstractAsyncContextManager[RunHandle]:
    """Run hookscope in the current event loop: receive, expose, register, and restore the subscriptions on exit.

    Entering waits until the app's subscriptions point to this run. Leaving, even by an exception or a cancellation,
    restores them and waits until that is done; after a killed process, `hookscope teardown` does it. `sandbox` is
    True for a sandbox with the demo's events, or a Sandbox that has been entered. The other arguments have the
    names and meanings of the options of `hookscope run`. Access tokens for `pages`, `scope`, and `RunHandle.fetch`
    come from HOOKSCOPE_PAGE_TOKEN and HOOKSCOPE_USER_TOKEN, or from the Sandbox. `app_secret` defaults to
    HOOKSCOPE_APP_SECRET, and `journal` to the user's journal.

    Raises UsageError at once for invalid arguments. Entering and leaving raise other subclasses of HookscopeError,
    each with `code` and `hint`: TunnelError, GraphError, HandshakeError, ForeignCallbackError, and RestoreError if a
    subscription could not be restored.

        async with hookscope.run(app_id="1234567890", objects="page", fields="feed", forward_to="3000") as live:
            async for capture in live:
                print(capture.kind, capture.signature.verdict, [event.summary for event in capture.events])
    """
    from hookscope.services.run_request import RunRequest, run_settings

    secrets = SecretSources()
    if isinstance(sandbox, Sandbox):
        app_id, app_secret, graph_url, tunnel = sandbox.app_id, sandbox.app_secret, sandbox.url, "none"
        secrets.use_page_token(sandbox.address.page_token)
        secrets.use_user_token(sandbox.address.user_token)
    if app_secret is not None:
        secrets.use_app_secret(check_app_secret(app_secret, "that was given"))
    request = RunRequest(
        app=None if sandbox is True else _app(app_id, secrets, graph_url, graph_version),
        secrets=secrets,
        journal=paths.journal_file() if journal is None else paths.named(str(journal)),
        objects=several(objects),
        fields=several(fields),
        pages=several(pages),
        scope=scope,
        forward_to=several(forward_to),
        ack=ack,
        tunnel=tunnel,
        tunnel_host=tunnel_host,
        tunnel_command=tunnel_command,
        tunnel_url_pattern=tunnel_url_pattern,
        public_url=public_url,
        domain=domain,
        ngrok_path=None if ngrok_path is None else paths.named(str(ngrok_path)),
        ngrok_pooling=ngrok_pooling,
        host=host,
        port=port,
        path=path,
        lease=LeaseSettings(
            verify_token=verify_token or settings.random_verify_token(),
            takeover=takeover,
            restore_verify_token=restore_verify_token,
            no_restore=no_restore,
        ),
    )
    return _running(run_settings(request))


def _app(app_id: str | None, secrets: SecretSources, graph_url: str, graph_version: str) -> App:
    if not app_id:
        raise UsageError(
            "run() needs to know which app it is for", hint="give app_id=…; without an account: sandbox=True"
        )
    secret = known_app_secret(secrets)
    if secret is None:
        raise UsageError("the app secret is missing", hint=f"give app_secret=…, or set {APP_SECRET}")
    return App(
        app_id=settings.check_app_id(app_id),
        secret=secret,
        graph_url=urls.check_graph_url(graph_url),
        graph_version=settings.check_graph_version(graph_version),
    )


@asynccontextmanager
async def _running(checked: RunSettings) -> AsyncIterator[RunHandle]:
    # Only now: options that make no sense are refused without it.
    from hookscope.engine.engine import Engine

    key = run_registry.new_key()
    listener, address = run_registry.listen(key)
    try:
        live = run_registry.describe(checked, key=key, address=address)
        # A forced stop must not exit the process, which belongs to the program.
        engine = Engine(checked, live=live, listener=listener, force_exit=lambda: None)
        with engine.feed.subscribe() as subscriber:
            running = asyncio.create_task(engine.run(), name="hookscope run")
            running.add_done_callback(lambda _: engine.feed.close())
            try:
                await _until_live(engine)
                yield RunHandle(engine, subscriber, checked.journal)
            finally:
                engine.stop("the program left the run")
                await _end(engine, running)
    finally:
        listener.close()
        address.unlink(missing_ok=True)


async def _until_live(engine: "Engine") -> None:
    from hookscope.model.run_events import Phase, PhaseChanged

    with engine.feed.subscribe() as starting:
        while events := await starting.read():
            if any(isinstance(event, PhaseChanged) and event.phase is Phase.LIVE for event in events):
                return
    raise HookscopeError("the run was stopped before it was live", hint="start it again")


async def _end(engine: "Engine", running: asyncio.Task[ExitCode]) -> None:
    """Wait until everything is restored, even if cancelled meanwhile. Raises the error that ended the run."""
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    try:
        running.result()
    except BaseException:
        await engine.put_back()
        raise
    if engine.error:
        raise engine.error
    if cancelled:
        raise cancelled
