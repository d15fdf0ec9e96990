"""Calls on any node of a Graph API, with any access token: retries, answers, and errors that show no secret.

Sources: Meta's guide "Handling errors", and its published SDKs for `appsecret_proof` and for paging.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope.errors import GraphError, HandshakeError, HookscopeError
from hookscope.graph.access_token import AccessToken
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.rate_limits import RateLimitMonitor
from hookscope.graph.transport import GraphAnswer, Transport, TransportFailure, retry_delay
from hookscope.meta.graph_error import GraphFault, read_fault
from hookscope.meta.token_fault import explain
from hookscope.model.run_events import Level, Notice
from hookscope.model.timestamps import now
from hookscope.secret_sources import Secret

_MOST_PAGES = 20
_PLACES = ("after", "offset", "since", "until", "__paging_token")
"""The parameters that say where a page begins."""
_HIDDEN = "•••"
_SHORTEST_HIDDEN = 8
"""A shorter secret is a word like any other; hiding it would mangle the text."""

_Trouble = GraphFault | TransportFailure

Permit = Callable[[], Awaitable[None]]
"""Returns if a call may change something now, and raises HookscopeError if not."""


class FailedCallError(Exception):
    """The cause of an error that a call raises: what the Graph API answered, or why it did not, and when.

    `trouble` shows no secret.
    """

    def __init__(self, trouble: GraphFault | TransportFailure, *, doing: str, began: datetime) -> None:
        super().__init__()
        self.trouble = trouble
        self.doing = doing
        self.began = began
        self.ended = now()


class GraphCall(Struct, frozen=True, kw_only=True):
    """A call to make: on `/{version}/{path[0]}/{path[1]}…`, with `token`.

    `doing` names it in an error ("reading the subscriptions of app 1"). `hidden` are texts among the parameters that no
    message may show.
    """

    method: str = "GET"
    path: tuple[str, ...]
    token: AccessToken
    doing: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


class GraphCaller:
    """Makes calls; an async context manager. Raises GraphError and its subclasses.

    `app_secret` signs every call with `appsecret_proof`; None leaves the proof out, which an app may refuse. `notify`
    is called about versions and rate limits, `timeout_seconds` is for a call with all attempts, `wait` sleeps between
    attempts; `permit` is awaited right before each attempt of a call that changes something. No error or notice
    contains a token or the secret.

        async with GraphCaller(app.graph_url, app.graph_version, app.secret, notify=print) as caller:
            call = GraphCall(path=("debug_token",), token=app_token(app), doing="reading a token",
                             parameters={"input_token": token}, hidden=(token,))
            print((await caller.call(call))["data"])
    """

    TIMEOUT_SECONDS: ClassVar[float] = 20.0

    def __init__(
        self,
        graph_url: str,
        graph_version: str,
        app_secret: Secret | None = None,
        *,
        notify: Callable[[Notice], None],
        timeout_seconds: float | None = None,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        permit: Permit | None = None,
    ) -> None:
        self._graph_version = graph_version
        self._app_secret = app_secret
        self._notify = notify
        self._timeout_seconds = self.TIMEOUT_SECONDS if timeout_seconds is None else timeout_seconds
        self._wait = wait
        self._permit = permit
        self._transport = Transport(graph_url)
        self._usage = RateLimitMonitor(notify)
        self._drift_told = False
        self.served_version: str | None = None
        """The version in which the Graph API has answered, if it has said so."""

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def call(self, call: GraphCall) -> Any:
        """Make a call and return its answer, any JSON value."""
        began = now()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                value, trouble, tried = await self._try(call)
        except TimeoutError:
            slow = TransportFailure(
                reason=f"no answer within {self._timeout_seconds:g} s", hint="try again; see metastatus.com", sent=True
            )
            value, trouble, tried = None, slow, 1
        if trouble:
            raise self._error(call, trouble, tried) from FailedCallError(trouble, doing=call.doing, began=began)
        return value

    async def change(self, call: GraphCall) -> None:
        """Make a call that is answered with success: `true`, as in Meta's reference, or `"true"`, as in its guide."""
        answer = await self.call(call)
        success = answer.get("success") if isinstance(answer, dict) else answer
        if success in (False, "false"):
            raise LostAnswerError(
                f"{call.doing} failed: the Graph API answered 'success: false' without a reason",
                hint="try again in a minute; see metastatus.com",
            )
        if success not in (True, "true"):
            raise self.odd_answer(call, "it does not say 'success'", LostAnswerError)

    async def rows(self, call: GraphCall) -> list[Any]:
        """Return the rows of an edge, `{"data": [...]}`, from all pages of its answer."""
        found: list[Any] = []
        parameters = dict(call.parameters)
        for _ in range(_MOST_PAGES):
            answer = await self.call(replace(call, parameters=parameters))
            rows = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise self.odd_answer(call, "no list under 'data'")
            found += rows
            if not (following := _next_page(answer)):
                return found
            parameters = {**call.parameters, **following}
        raise self.odd_answer(call, f"over {_MOST_PAGES} pages")

    def odd_answer(self, call: GraphCall, what: str, kind: type[GraphError] = GraphError) -> GraphError:
        """Return the error for an answer of an unknown shape."""
        return kind(
            self._hide(f"{call.doing} failed: the answer is not one that this edge is known to give ({what})", call),
            hint="check --graph-url and --graph-version",
        )

    async def _try(self, call: GraphCall) -> tuple[Any, _Trouble | None, int]:
        """Make a call until it succeeds or must not be repeated; return its answer, fault and number of tries."""
        path = "".join(f"/{quote(part, safe='')}" for part in (self._graph_version, *call.path))
        parameters = {**call.parameters, "access_token": call.token.secret.reveal()}
        if self._app_secret:
            parameters["appsecret_proof"] = call.token.proof(self._app_secret).reveal()
        tried = 0
        while True:
            tried += 1
            trouble: _Trouble | None
            if self._permit and call.method != "GET":
                await self._permit()
            answer = await self._transport.exchange(call.method, path, parameters)
            if isinstance(answer, TransportFailure):
                trouble, fault = answer, None
            else:
                self._watch(answer)
                # Hidden before it is parsed: a truncated echo would no longer be recognized. Bytes that are not UTF-8
                # are kept: with them, an answer is no JSON.
                said = self._hide(answer.body.decode("utf-8", "surrogateescape"), call)
                trouble = fault = read_fault(answer.status, said.encode("utf-8", "surrogateescape"))
                if fault is None:
                    return json.loads(answer.body), None, tried
            seconds = retry_delay(call.method, fault, tried)
            if seconds is None:
                return None, trouble, tried
            await self._wait(seconds)

    def _watch(self, answer: GraphAnswer) -> None:
        self._usage.look(answer.headers)
        asked, used = self._graph_version, answer.headers.get("facebook-api-version", "")
        self.served_version = used or self.served_version
        if used and used != asked and not self._drift_told:
            self._drift_told = True
            self._notify(
                Notice(
                    level=Level.WARNING,
                    message=f"the Graph API answered with version {used[:20]} instead of {asked}",
                    hint="that version is retired or not released yet; choose another with --graph-version",
                )
            )

    def _error(self, call: GraphCall, trouble: _Trouble, tried: int) -> HookscopeError:
        done = f"tried {tried} times" if tried > 1 else None
        if isinstance(trouble, TransportFailure):
            cause, hint, doubtful = f"the Graph API could not be reached: {trouble.reason}", trouble.hint, trouble.sent
        else:
            said = f"; Meta says: {trouble.user_message.rstrip('.')}" if trouble.user_message else ""
            meaning, hint = explain(trouble, call.token.kind)
            cause, doubtful = f"{meaning}{said}. The answer was: {trouble}", trouble.leaves_doubt
        kind: type[HookscopeError] = LostAnswerError if doubtful and call.method != "GET" else GraphError
        if isinstance(trouble, GraphFault) and trouble.is_handshake:
            kind, done = HandshakeError, "it was not tried again: Meta locks out callbacks that fail repeatedly"
        return kind(self._hide(f"{call.doing} failed: {cause}", call), done=done, hint=self._hide(hint, call))

    def _hide(self, text: str, call: GraphCall) -> str:
        """Return the text without secrets; the other side may echo anything it was sent."""
        hidden = list(call.token.forms)
        if self._app_secret:
            hidden += [self._app_secret.reveal(), call.token.proof(self._app_secret).reveal()]
        for one in call.hidden:
            if len(one) >= _SHORTEST_HIDDEN:
                hidden += [one, quote(one, safe="")]
        for one in filter(None, hidden):
            text = text.replace(one, _HIDDEN)
        return text


def _next_page(answer: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the parameters that ask for the next page; none if this page is the last one.

    They are a cursor, or an offset or a time, which only the address of the next page names. That address is not
    followed: its host would receive the token.
    """
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not isinstance(address := paging.get("next"), str):
        return {}
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if isinstance(after, str):
        return {"after": after}
    named = dict(parse_qsl(urlsplit(address).query))
    return {name: named[name] for name in _PLACES if name in named}
