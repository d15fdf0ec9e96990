"""The client of the subscriptions edge, `/{app-id}/subscriptions`, of the Graph API or its simulator.

Sources: Meta's reference of that edge, its guide "Handling errors", and its published SDKs for `appsecret_proof`.
"""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import quote, quote_plus

from hookscope.errors import GraphError, HandshakeError, HookscopeError
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.rate_limits import RateLimitMonitor
from hookscope.graph.transport import Answer, Transport, TransportFailure, retry_delay
from hookscope.meta.graph_error import GraphFault, read_fault
from hookscope.meta.subscription import Subscription, read_subscriptions
from hookscope.model.run_events import Level, Notice
from hookscope.secret_sources import Secret
from hookscope.settings import App

_MOST_PAGES = 20
_HIDDEN = "•••"
_SHORTEST_HIDDEN_TOKEN = 8
"""A shorter verify token is a word like any other; hiding it would mangle the text."""

_Trouble = GraphFault | TransportFailure


class GraphClient:
    """Calls the edge with the app's own token; an async context manager. Raises GraphError and its subclasses.

    `notify` is told about versions and rate limits, `patience` is the time in seconds for a call with all its tries,
    `wait` sleeps between two tries. No text of an error or a notice holds the token or the secret.
    """

    PATIENCE_SECONDS: ClassVar[float] = 20.0

    def __init__(
        self,
        app: App,
        *,
        notify: Callable[[Notice], None],
        patience: float | None = None,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.app = app
        self._notify = notify
        self._patience = self.PATIENCE_SECONDS if patience is None else patience
        self._wait = wait
        self._transport = Transport(app.graph_url)
        self._usage = RateLimitMonitor(notify)
        self._drift_told = False
        self._token = Secret(f"{app.app_id}|{app.secret.reveal()}")
        self._proof = Secret(appsecret_proof(self._token.reveal(), app.secret.reveal()))

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return everything that the app has registered, from all pages of the answer."""
        doing = f"reading the subscriptions of app {self.app.app_id}"
        found: list[Subscription] = []
        after: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._call("GET", {"after": after} if after else {}, doing)
            try:
                found += read_subscriptions(answer)
            except (ValueError, TypeError) as error:
                raise self._odd_answer(doing, str(error)) from error
            if not (after := _next_page(answer)):
                return tuple(found)
        raise self._odd_answer(doing, f"over {_MOST_PAGES} pages")

    async def subscribe(
        self,
        *,
        object: str,  # noqa: A002
        callback_url: str,
        verify_token: str,
        fields: Iterable[str],
        include_values: bool,
    ) -> None:
        """Point the object's subscription to a callback, which Meta verifies meanwhile, and add fields to it."""
        parameters = {
            "object": _needed(object),
            "callback_url": callback_url,
            "verify_token": verify_token,
            "include_values": "true" if include_values else "false",
        }
        if names := _names(fields):
            parameters["fields"] = names
        doing = f"registering {object} at {callback_url}"
        self._expect_success(await self._call("POST", parameters, doing, verify_token), doing)

    async def unsubscribe(self, *, object: str, fields: Iterable[str] | None = None) -> None:  # noqa: A002
        """Remove fields from the object's subscription, or all of it when `fields` is None.

        Without an object, or with an empty list of fields, the edge would remove far more than was meant: both are a
        ValueError here.
        """
        parameters = {"object": _needed(object)}
        if fields is not None:
            parameters["fields"] = _needed(_names(fields))
        doing = f"removing {parameters.get('fields', 'the subscription')} of {object}"
        self._expect_success(await self._call("DELETE", parameters, doing), doing)

    async def _call(self, method: str, parameters: Mapping[str, str], doing: str, verify_token: str = "") -> Any:
        signed = {**parameters, "access_token": self._token.reveal(), "appsecret_proof": self._proof.reveal()}
        try:
            async with asyncio.timeout(self._patience):
                value, trouble, tried = await self._try(method, signed)
        except TimeoutError:
            slow = TransportFailure(
                reason=f"no answer within {self._patience:g} s", hint="try again; see metastatus.com", sent=True
            )
            value, trouble, tried = None, slow, 1
        if trouble:
            raise self._error(method, trouble, doing, tried, verify_token)
        return value

    async def _try(self, method: str, parameters: Mapping[str, str]) -> tuple[Any, _Trouble | None, int]:
        """Make a call until it succeeds or must not be repeated; return its answer, fault and number of tries."""
        path = f"/{quote(self.app.graph_version, safe='')}/{quote(self.app.app_id, safe='')}/subscriptions"
        tried = 0
        while True:
            tried += 1
            trouble: _Trouble | None
            answer = await self._transport.exchange(method, path, parameters)
            if isinstance(answer, TransportFailure):
                trouble, fault = answer, None
            else:
                self._watch(answer)
                # Hidden before it is parsed: a truncated echo would no longer be recognized.
                said = self._hide(answer.body.decode("utf-8", "replace")).encode()
                trouble = fault = read_fault(answer.status, said)
                if fault is None:
                    return json.loads(answer.body), None, tried
            seconds = retry_delay(method, fault, tried)
            if seconds is None:
                return None, trouble, tried
            await self._wait(seconds)

    def _watch(self, answer: Answer) -> None:
        self._usage.look(answer.headers)
        asked, used = self.app.graph_version, answer.headers.get("facebook-api-version", "")
        if used and used != asked and not self._drift_told:
            self._drift_told = True
            self._notify(
                Notice(
                    level=Level.WARNING,
                    message=f"the Graph API answered with version {used[:20]} instead of {asked}",
                    hint="that version is retired or not released yet; choose another with --graph-version",
                )
            )

    def _expect_success(self, answer: Any, doing: str) -> None:
        """Accept `true`, as in Meta's reference, and the text `"true"`, as in its guide."""
        success = answer.get("success") if isinstance(answer, dict) else answer
        if success not in (True, "true"):
            raise self._odd_answer(doing, "it does not say 'success'", LostAnswerError)

    def _odd_answer(self, doing: str, what: str, kind: type[GraphError] = GraphError) -> GraphError:
        return kind(
            self._hide(f"{doing} failed: the answer is not one that this edge is known to give ({what})"),
            hint="check --graph-url and --graph-version",
        )

    def _error(self, method: str, trouble: _Trouble, doing: str, tried: int, verify_token: str) -> HookscopeError:
        done = f"tried {tried} times" if tried > 1 else None
        if isinstance(trouble, TransportFailure):
            cause, hint, doubtful = f"the Graph API could not be reached: {trouble.reason}", trouble.hint, trouble.sent
        else:
            said = f"; Meta says: {trouble.user_message}" if trouble.user_message else ""
            cause = f"{trouble.cause}{said}. The answer was: {trouble}"
            hint, doubtful = trouble.hint, trouble.leaves_doubt
        kind: type[HookscopeError] = LostAnswerError if doubtful and method != "GET" else GraphError
        if isinstance(trouble, GraphFault) and trouble.is_handshake:
            kind, done = HandshakeError, "it was not tried again: Meta locks out callbacks that fail repeatedly"
        return kind(
            self._hide(f"{doing} failed: {cause}", verify_token), done=done, hint=self._hide(hint, verify_token)
        )

    def _hide(self, text: str, verify_token: str = "") -> str:
        """Return the text without secrets; the other side may echo anything it was sent."""
        token, secret = self._token.reveal(), self.app.secret.reveal()
        hidden = [token, quote(token, safe=""), quote_plus(token), secret, self._proof.reveal()]
        if len(verify_token) >= _SHORTEST_HIDDEN_TOKEN:
            hidden += [verify_token, quote(verify_token, safe="")]
        for one in filter(None, hidden):
            text = text.replace(one, _HIDDEN)
        return text


def appsecret_proof(token: str, secret: str) -> str:
    """Return the proof that the sender of an access token also knows the app secret."""
    return hmac.digest(secret.encode(), token.encode(), "sha256").hex()


def _next_page(answer: Any) -> str | None:
    """Return the cursor of the next page. Its address is not followed: that host would receive the token."""
    paging = answer.get("paging") if isinstance(answer, dict) else None
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None


def _names(fields: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(filter(None, fields)))


def _needed(text: str) -> str:
    if not text:
        raise ValueError("calls without an object or fields are never made")
    return text
