"""`meta_webhook`: plays Meta for an app under test. Notifications are signed as Meta signs them, byte for byte."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec.structs import replace

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.errors import DeliveryError, UsageError
from hookscope.meta import handshake, notification, wire
from hookscope.meta.overrides import assignment_to
from hookscope.model.record import Capture, Request
from hookscope.model.timestamps import now
from hookscope.pytest_plugin import captures
from hookscope.pytest_plugin.answer import WebhookAnswer, answer_of
from hookscope.pytest_plugin.awaiting import to_await
from hookscope.pytest_plugin.exchanges import Exchanges
from hookscope.pytest_plugin.in_process import AppRaisedError
from hookscope.pytest_plugin.lifespan import Lifespan
from hookscope.pytest_plugin.sandbox import PAGE_ID
from hookscope.pytest_plugin.targets import Target, is_asgi, target_of
from hookscope.pytest_plugin.waiting import Waiting
from hookscope.samples import catalog
from hookscope.samples.business import Business
from hookscope.samples.payload_builder import PayloadBuilder
from hookscope.samples.recipe import TriggerStep, make
from hookscope.sandbox.delivery import Fault
from hookscope.secret_sources import check_app_secret
from hookscope.services import app_request

_TIMEOUT_SECONDS = 20.0
"""The seconds that Meta waits for an answer, according to its Messenger FAQ."""
_MOST_RETRIES = 100
__tracebackhide__ = True


class MetaWebhook:
    """Sends Meta's requests, and adds them to `captured`.

    `to` is a URL, an aiohttp test client, an ASGI or WSGI app, which is called in this process at `path` ("/webhook"
    unless given), or the fixture `hookscope_sandbox`: the callback that the app has registered there. Every method
    raises UsageError for invalid arguments, and DeliveryError when there is no answer or an app that is called raises;
    with `raise_app_exceptions=False` that is a status 500, as Meta would see it.
    """

    def __init__(self, app_secret: str, exchanges: Exchanges, waiting: Waiting) -> None:
        self._secret = check_app_secret(app_secret, "of the fixture hookscope_app_secret")
        self._exchanges = exchanges
        self._waiting = waiting
        self._states: dict[int, Mapping[str, Any]] = {}
        self._builder = PayloadBuilder(business=Business(page_id=PAGE_ID))

    @property
    def app_secret(self) -> str:
        """The app secret that signs, from the fixture `hookscope_app_secret`."""
        return self._secret.reveal()

    def payload(
        self,
        sample: str,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        *,
        add: bool = False,
    ) -> dict[str, Any]:
        """Return the payload of a new event, as `send` sends it. Raises UsageError.

        meta_webhook.payload("page.feed.comment", {"value.message": "hi"})["entry"][0]["changes"][0]["value"]
        """
        payload: dict[str, Any] = wire.decode(self._body(sample, set, add))
        return payload

    @to_await
    async def send(
        self,
        sample: str,
        *,
        to: Any,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        add: bool = False,
        path: str | None = None,
        fault: str | None = None,
        retries: int = 0,
        timeout: float = _TIMEOUT_SECONDS,  # noqa: ASYNC109
        raise_app_exceptions: bool = True,
    ) -> WebhookAnswer:
        """Send a new event of a sample, such as `page.feed.comment`; `hookscope trigger --list` names them.

        `set` maps paths in the payload to values; with `add`, the last key of a path may be new. `fault` is
        "wrong_signature", "missing_signature", or "sha1_only".
        Until the app answers 2xx, the same bytes are sent again, `retries` times at most. `timeout` is in seconds.

            answer = await meta_webhook.send("page.feed.comment", to=app, set={"value.message": "hi"})
            assert answer.status == 200
        """
        known = catalog.find(sample)
        target = self._target(to, path, timeout, (known.object, known.field))
        request = app_request.notification(self._body(sample, set, add), target.url, self._secret, _fault(fault))
        return await self._deliver(target, request, retries, raise_app_exceptions)

    @to_await
    async def send_body(
        self,
        body: Any,
        *,
        to: Any,
        path: str | None = None,
        fault: str | None = None,
        retries: int = 0,
        timeout: float = _TIMEOUT_SECONDS,  # noqa: ASYNC109
        raise_app_exceptions: bool = True,
    ) -> WebhookAnswer:
        """Send a body of your own, signed: bytes as they are, anything else as JSON, escaped as Meta does it."""
        raw = body if isinstance(body, bytes) else _encoded(body)
        target = self._target(to, path, timeout, _event_of(raw))
        request = app_request.notification(raw, target.url, self._secret, _fault(fault))
        return await self._deliver(target, request, retries, raise_app_exceptions)

    @to_await
    async def repeat(
        self,
        answer: WebhookAnswer,
        *,
        to: Any,
        path: str | None = None,
        timeout: float = _TIMEOUT_SECONDS,  # noqa: ASYNC109
        raise_app_exceptions: bool = True,
    ) -> WebhookAnswer:
        """Send the bytes of a notification again, as Meta sometimes does even after an answer.

        first = await meta_webhook.send("page.feed.comment", to=app)
        again = await meta_webhook.repeat(first, to=app)
        """
        target = self._target(to, path, timeout, _event_of(answer.request.body))
        return await self._deliver(target, answer.request, 0, raise_app_exceptions)

    @to_await
    async def replay(
        self,
        capture: Capture,
        *,
        to: Any,
        path: str | None = None,
        verify_token: str | None = None,
        timeout: float = _TIMEOUT_SECONDS,  # noqa: ASYNC109
        raise_app_exceptions: bool = True,
    ) -> WebhookAnswer:
        """Send a captured request, such as the fixture `hookscope_capture`, with its body, headers, and query.

        A valid signature is made again with this app secret; a wrong or missing one stays as it is. `verify_token`
        replaces one that an export removed from a handshake.
        """
        target = self._target(to, path, timeout, _event_of(capture.request.body))
        request = app_request.captured(capture, target.url, self._secret, verify_token)
        if request.method == "POST":
            return await self._deliver(target, request, 0, raise_app_exceptions)
        parts = urlsplit(target.url)
        return await self._verify(target, f"{parts.scheme}://{parts.netloc}{request.target}", raise_app_exceptions)

    @to_await
    async def handshake(
        self,
        to: Any,
        verify_token: str,
        *,
        path: str | None = None,
        challenge: str | None = None,
        timeout: float = handshake.TIMEOUT_SECONDS,  # noqa: ASYNC109
        raise_app_exceptions: bool = True,
    ) -> WebhookAnswer:
        """Make the verification request with which Meta checks a callback URL; a random challenge unless one is given.

        answer = await meta_webhook.handshake(app, "my-verify-token")
        assert answer.accepted, answer.problem
        """
        target = self._target(to, path, timeout, None)
        asked = challenge or handshake.random_challenge()
        url = handshake.request_url(target.url, challenge=asked, verify_token=verify_token)
        return await self._verify(target, url, raise_app_exceptions)

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Start an ASGI app as a server does, and shut it down at the end. Raises DeliveryError if that fails.

        async with meta_webhook.lifespan(app):
            await meta_webhook.send("page.feed.comment", to=app)
        """
        if not (callable(app) and is_asgi(app)):
            raise UsageError("only an ASGI app has a lifespan", hint="send to this app without it")
        span = Lifespan(app)
        await self._waiting.run(span.__aenter__())
        self._states[id(app)] = span.state
        try:
            yield
        finally:
            del self._states[id(app)]
            await self._waiting.run(span.__aexit__(None, None, None))

    def _target(self, to: Any, path: str | None, seconds: float, event: tuple[str, str] | None) -> Target:
        return target_of(to, path, event, waiting=self._waiting, seconds=seconds, state=self._states.get(id(to), {}))

    def _body(self, sample: str, assignments: Mapping[str, Any] | None, adds: bool) -> bytes:
        found = catalog.find(sample)
        try:
            overrides = tuple(assignment_to(path, value, adds=adds) for path, value in (assignments or {}).items())
            return next(make([TriggerStep(sample=found, assignments=overrides)], self._builder)).body
        except (ValueError, UsageError) as error:
            raise UsageError(
                f"{found.name} cannot be set that way: {error}",
                done="nothing was sent",
                hint=f"see the values that can be set: print(meta_webhook.payload({found.name!r}))",
            ) from None

    async def _deliver(self, target: Target, request: Request, retries: int, raises: bool) -> WebhookAnswer:
        if not 0 <= retries <= _MOST_RETRIES:
            raise UsageError(f"retries={retries} is out of range", hint=f"give a number from 0 to {_MOST_RETRIES}")
        self._exchanges.before_sending(request.body)
        attempts: list[WebhookAnswer] = []
        for left in range(retries, -1, -1):
            trip = await self._exchange(target.post(request), self._notification, is_last=not left, raises=raises)
            if trip.status is not None:
                problem = None if trip.is_accepted else f"HTTP {trip.status} instead of 200"
                attempts.append(answer_of(trip, trip.status, problem))
            if trip.is_accepted:
                break
        return replace(attempts[-1], attempts=tuple(attempts))

    async def _verify(self, target: Target, url: str, raises: bool) -> WebhookAnswer:
        challenge = dict(parse_qsl(urlsplit(url).query)).get("hub.challenge", "")

        def problem(trip: RoundTrip) -> str | None:
            if trip.status is None:
                return trip.summary
            return handshake.explain_answer(trip.status, trip.header("Content-Type"), trip.body, challenge)

        trip = await self._exchange(
            target.get(url),
            lambda trip, sent_at: captures.handshake(trip, sent_at, problem(trip)),
            is_last=True,
            raises=raises,
        )
        answer = answer_of(trip, trip.status or 0, problem(trip))
        return replace(answer, attempts=(answer,))

    async def _exchange(
        self,
        work: Coroutine[Any, Any, RoundTrip],
        capture_of: Callable[[RoundTrip, datetime], Capture],
        *,
        is_last: bool,
        raises: bool,
    ) -> RoundTrip:
        """Make one attempt, and add it to the exchanges. The last one must be answered, even by an app that raised."""
        sent_at, raised = now(), None
        try:
            trip = await work
        except AppRaisedError as error:
            trip, raised = error.trip, error
        self._exchanges.add(capture_of(trip, sent_at))
        if is_last and raised and raises:
            raise DeliveryError(
                f"the app failed on {_what(trip.request)}: {raised}",
                hint="fix the app, or give raise_app_exceptions=False to see the answer that Meta would get",
            ) from raised.__cause__
        if is_last and trip.status is None:
            raise DeliveryError(
                f"the app gave no answer to {_what(trip.request)}: {trip.summary}",
                hint="start the app at this address before the test sends, or give the app itself instead of a URL",
            )
        return trip

    def _notification(self, trip: RoundTrip, sent_at: datetime) -> Capture:
        return captures.notification(trip, sent_at, self._secret)


def _fault(name: str | None) -> Fault | None:
    if name is None or name in tuple(Fault):
        return None if name is None else Fault(name)
    raise UsageError(f"there is no fault {name!r}", hint=f"give one of {', '.join(Fault)}")


def _encoded(value: Any) -> bytes:
    try:
        return wire.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the body cannot be written as JSON: {error}", hint="give bytes, or JSON values") from error


def _event_of(body: bytes) -> tuple[str, str] | None:
    events = notification.parse(body).events
    return (events[0].object, events[0].field) if events else None


def _what(request: Request) -> str:
    return f"{request.method} {request.target.partition('?')[0]}"
