"""The sandbox as a server: one world, its Graph API, a courier, and optionally the demo."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from hookscope.errors import UsageError
from hookscope.samples.business import Business
from hookscope.sandbox.access import Gate
from hookscope.sandbox.address import SandboxAddress
from hookscope.sandbox.admin import Admin
from hookscope.sandbox.api import GraphApi
from hookscope.sandbox.clock import RealClock, SandboxClock
from hookscope.sandbox.courier import Courier
from hookscope.sandbox.edges import Edges
from hookscope.sandbox.hosts import refuse_other_hosts
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.observation import Observe, ignore
from hookscope.sandbox.scenario import Scenario
from hookscope.sandbox.verification import Verifier
from hookscope.sandbox.world import World, new_world
from hookscope.secret_sources import Secret

_CLOSING_SECONDS = 1.0
_IDLE_SECONDS = 1e-6


class SandboxServer:
    """Serves on `host` and `port` (0 for a free one); an async context manager.

    `url` is the base URL of the Graph API, `world` holds its entities, `knobs` its failures, `courier` delivers
    (`courier.deliveries`), `verifier` makes the handshakes (`verifier.attempts`). With `scenario` every subscription
    gets the demo. `observe` gets each request to a callback. Raises UsageError when the port is not available.
    """

    url: str
    courier: Courier
    verifier: Verifier

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        app_id: str | None = None,
        app_secret: Secret | None = None,
        business: Business | None = None,
        scenario: bool = False,
        clock: SandboxClock | None = None,
        observe: Observe = ignore,
    ) -> None:
        self.world: World = new_world(app_id, app_secret, business)
        self.knobs = Knobs()
        self._host = host
        self._port = port
        self._plays = scenario
        self._clock = clock or RealClock()
        self._observe = observe
        self._closing = AsyncExitStack()

    @property
    def address(self) -> SandboxAddress:
        """The address, and the ids and credentials of everything in the world."""
        world = self.world
        return SandboxAddress(
            base_url=self.url,
            app_id=world.app.id,
            app_secret=world.app.secret,
            page_id=world.page.id,
            page_token=world.page.token,
            user_token=world.user.token,
            business=world.whatsapp.business,
        )

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(_open_session())
            self.verifier = Verifier(session, self.knobs, self._clock, self._observe)
            courier = Courier(self.world, session, self.knobs, self._clock, self._observe)
            self.courier = await stack.enter_async_context(courier)
            if self._plays:
                await stack.enter_async_context(Scenario(self.world, self.courier, self.knobs, self._clock))
            runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_CLOSING_SECONDS)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            try:
                await web.TCPSite(runner, self._host, self._port).start()
            except (OSError, OverflowError) as error:  # The latter for a port that there cannot be.
                reason = error.strerror if isinstance(error, OSError) else None
                raise UsageError(
                    f"the sandbox cannot listen on {self._host}:{self._port}: {reason or error}",
                    hint="choose another port with --port, or leave it out for a free one",
                ) from error
            self.url = f"http://{self._host}:{runner.addresses[0][1]}"
            self._closing = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[refuse_other_hosts(self._host)])
        Admin(self.world, self.knobs, self.verifier, self.courier, self._clock).add_routes(app.router)
        edges = Edges(self.world, Gate(self.world, self.knobs, self._clock), self.knobs, self.verifier)
        api = GraphApi(self.world, edges, self.knobs, self._clock)
        app.router.add_route("*", "/{path:.*}", api.handle)
        return app


def _open_session() -> ClientSession:
    """Return a client that makes every request on a new connection, without the header that `force_close` sends.

    A kept connection that the callback has closed meanwhile would look like a failed delivery.
    """
    return ClientSession(connector=TCPConnector(keepalive_timeout=_IDLE_SECONDS), cookie_jar=DummyCookieJar())
