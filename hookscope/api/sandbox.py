"""A local Graph API for tests: it registers callbacks and sends them signed notifications."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hookscope.errors import HookscopeError, UsageError
from hookscope.secret_sources import check_app_secret

if TYPE_CHECKING:
    from hookscope.sandbox.address import SandboxAddress


class Sandbox:
    """A Graph API on loopback with an app, a Page, a user and a WhatsApp account; an async context manager.

    It listens on `port` (0 for a free one) in the current event loop. With `demo`, it sends the demo's events to each
    subscription by itself. Entering raises UsageError if it cannot listen on the port.

        async with hookscope.Sandbox() as sandbox, hookscope.run(sandbox=sandbox) as live:
            await sandbox.send("page.feed.comment")
            print((await anext(live)).events[0].summary)
    """

    def __init__(
        self, *, port: int = 0, app_id: str | None = None, app_secret: str | None = None, demo: bool = False
    ) -> None:
        self._port = port
        self._app_id = app_id
        self._app_secret = None if app_secret is None else check_app_secret(app_secret, "that was given")
        self._demo = demo
        self._address: SandboxAddress | None = None
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        from hookscope.sandbox.server import SandboxServer

        server = SandboxServer(port=self._port, app_id=self._app_id, app_secret=self._app_secret, scenario=self._demo)
        self._address = (await self._closing.enter_async_context(server)).address
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._address = None
        await self._closing.aclose()

    @property
    def address(self) -> "SandboxAddress":
        """The base URL, ids and credentials of everything in the sandbox; `reveal()` reads a secret.

        Raises HookscopeError unless the sandbox is entered.
        """
        if self._address is None:
            raise HookscopeError("the sandbox is not running", hint="use it while it is: async with Sandbox() as …")
        return self._address

    @property
    def url(self) -> str:
        """The base URL of its Graph API, such as `http://127.0.0.1:40123`."""
        return self.address.base_url

    @property
    def app_id(self) -> str:
        """The id of its app."""
        return self.address.app_id

    @property
    def app_secret(self) -> str:
        """The secret that signs its notifications."""
        return self.address.app_secret.reveal()

    async def send(self, sample: str, *, count: int = 1) -> list[dict[str, Any]]:
        """Send a sample notification to the registered callback `count` times, and wait for the answers.

        `hookscope trigger --list` names the samples. Return the deliveries in the form that `docs/sandbox.md` shows,
        with `outcome` and `status`. Raises UsageError for an unknown sample or an impossible count, and HookscopeError
        if nothing was sent, for example because there is no subscription.

            (delivery,) = await sandbox.send("page.messages.image")
            assert delivery["status"] == 200
        """
        from aiohttp import ClientSession

        from hookscope.samples.catalog import find

        wanted = {"sample": find(sample).name, "count": count}
        async with ClientSession() as session, session.post(f"{self.url}/sandbox/send", json=wanted) as response:
            answer = await response.json()
        if "error" in answer:
            raise UsageError(answer["error"]["message"], hint="give another count")
        if withheld := answer["withheld"]:
            raise HookscopeError(f"the sandbox has sent nothing: {withheld}", hint="subscribe to it first")
        deliveries: list[dict[str, Any]] = answer["deliveries"]
        return deliveries
