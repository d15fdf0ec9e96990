"""`hookscope_sandbox`: a Graph API on loopback, in a thread of its own."""

from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from hookscope.errors import UsageError
from hookscope.pytest_plugin.exchanges import AppSubscription, Exchanges
from hookscope.pytest_plugin.loop_thread import LoopThread
from hookscope.samples.business import Business
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import check_app_secret

PAGE_ID = "112233445566778"
"""The Page of samples and of the sandbox; like all ids of the business, the same in every test."""


class HookscopeSandbox:
    """A Graph API with an app, a Page, a user, and a WhatsApp account; a context manager.

    It has everything that an app under test needs: `url` in place of `https://graph.facebook.com`, ids, and tokens.
    """

    def __init__(self, app_id: str, app_secret: str, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._thread = LoopThread("hookscope sandbox")
        self._server = SandboxServer(
            app_id=app_id,
            app_secret=check_app_secret(app_secret, "of the fixture hookscope_app_secret"),
            business=Business(page_id=PAGE_ID),
            observe=exchanges.add,
        )
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._thread)
            self._thread.wait(self._server.__aenter__())
            stack.callback(lambda: self._thread.wait(self._server.__aexit__(None, None, None)))
            self._server.world.watch(self._note)
            self._exchanges.before_sending = lambda body: self._thread.wait(self._make_up(body))
            self._ending = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:40123`."""
        return self._server.url

    @property
    def app_id(self) -> str:
        """The id of the app."""
        return self._server.world.app.id

    @property
    def app_secret(self) -> str:
        """The secret of the app, which signs notifications."""
        return self._server.world.app.secret.reveal()

    @property
    def app_token(self) -> str:
        """The app access token, `{app id}|{app secret}`, with which subscriptions are changed."""
        return f"{self.app_id}|{self.app_secret}"

    @property
    def page_id(self) -> str:
        """The id of the Page."""
        return self._server.world.page.id

    @property
    def page_token(self) -> str:
        """The Page access token."""
        return self._server.world.page.token.reveal()

    @property
    def user_token(self) -> str:
        """The access token of the user who runs the Page and the WhatsApp account."""
        return self._server.world.user.token.reveal()

    @property
    def waba_id(self) -> str:
        """The id of the WhatsApp Business account."""
        return self._server.world.whatsapp.business.waba_id

    @property
    def phone_number_id(self) -> str:
        """The id of the WhatsApp account's phone number."""
        return self._server.world.whatsapp.business.phone_number_id

    @property
    def display_phone_number(self) -> str:
        """The phone number, in digits."""
        return self._server.world.whatsapp.business.display_phone_number

    def set_knobs(self, **knobs: Any) -> None:
        """Make the sandbox fail or behave differently, with the knobs of `docs/sandbox.md`. Raises UsageError.

        hookscope_sandbox.set_knobs(failing_calls=1, call_failure="502")
        """
        try:
            self._thread.wait(self._turn(knobs))
        except ValueError as error:
            raise UsageError(str(error), hint=f"GET {self.url}/sandbox/state lists all of them") from error

    def callback_of(self, topic: str, field: str) -> str:
        """Return the URL that the app has registered for an event. Raises UsageError when Meta would not send it."""
        return self._thread.wait(self._callback_of(topic, field))

    async def _turn(self, knobs: dict[str, Any]) -> None:
        self._server.knobs.turn(knobs)

    async def _callback_of(self, topic: str, field: str) -> str:
        world = self._server.world
        ignore = self._server.knobs.install_ignored
        if reason := world.withholds(self.app_id, topic, field, ignore=ignore):
            raise UsageError(
                f"the sandbox has nowhere to send {topic}.{field}: {reason}",
                hint="have the app subscribe first, and wait for it: captured.expect_subscription",
            )
        override = world.override(self.app_id, topic, field)
        return override.callback_url if override else world.registrations[self.app_id, topic].callback_url

    async def _make_up(self, body: bytes) -> None:
        """Make the Graph API serve the objects that a notification refers to.

        An app may read them before it answers.
        """
        self._server.world.contents.note(body)

    def _note(self, app_id: str, _: str) -> None:
        self._exchanges.subscribed(
            tuple(
                AppSubscription(
                    object=found.object,
                    callback_url=found.callback_url,
                    fields=tuple(found.fields),
                    active=found.active,
                )
                for found in self._server.world.subscriptions(app_id)
            )
        )
