"""One `GET` of a callback as Meta makes it: at most two redirects, verified certificates, no cookies."""

from collections.abc import Mapping
from enum import IntEnum

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TraceConfig
from msgspec import Struct
from yarl import URL

from hookscope.graph.transport import only_once
from hookscope.proxies import proxy_for

REDIRECTS = 2
_REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_MOST_BYTES = 1 << 16


class Stage(IntEnum):
    """The point that an exchange has reached."""

    CONNECTING = 0
    ASKING = 1
    READING = 2


class CallbackAnswer(Struct, frozen=True, kw_only=True):
    """An answer: `headers` by their lower-case names, at most 64 KiB of the body, and every URL that was fetched."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[URL, ...]

    @property
    def content_type(self) -> str:
        """The content type, or an empty text."""
        return self.headers.get("content-type", "")

    @property
    def is_html(self) -> bool:
        """True for a page."""
        return "html" in self.content_type.lower() or self.body.lstrip()[:1] == b"<"


class RedirectError(Exception):
    """The redirects lead to no answer; `hops` are the URLs in their order, and `loop` tells that one came twice."""

    def __init__(self, hops: tuple[URL, ...], *, loop: bool = False) -> None:
        super().__init__()
        self.hops = hops
        self.loop = loop


class BadLocationError(RedirectError):
    """The last URL redirects to something that is no web address."""


class Exchange:
    """Makes requests, each over a connection of its own. Raises what aiohttp raises, and RedirectError.

    `stage` is the point that the request under way has reached, for when its time is over, and `hops` are the URLs that
    it has led to.
    """

    def __init__(self) -> None:
        self.stage = Stage.CONNECTING
        self.hops: tuple[URL, ...] = ()

    async def get(self, url: str, headers: Mapping[str, str]) -> CallbackAnswer:
        """Fetch the URL and what it redirects to."""
        self.hops = (_parse(url),)
        while True:
            here = self.hops[-1]
            self.stage = Stage.CONNECTING
            async with (
                self._session() as session,
                session.get(here, headers=headers, allow_redirects=False, proxy=proxy_for(str(here))) as response,
            ):
                self.stage = Stage.READING
                target = response.headers.get("Location")
                if response.status not in _REDIRECT_STATUSES or not target:
                    return await _read(response, self.hops)
            self.hops = _follow(self.hops, target)

    def _session(self) -> ClientSession:
        """Return a session for one request: a server may close the connection of a redirect, and says so or not.

        Meta keeps no cookies from one redirect to the next.
        """
        return ClientSession(
            timeout=ClientTimeout(total=None),
            cookie_jar=DummyCookieJar(),
            middlewares=(only_once,),
            trace_configs=[self._traced()],
        )

    def _traced(self) -> TraceConfig:
        async def connected(*_: object) -> None:
            self.stage = Stage.ASKING

        config = TraceConfig()
        config.on_connection_create_end.append(connected)
        config.on_connection_reuseconn.append(connected)
        return config


def show(url: URL) -> str:
    """Return the URL without anything that may hold a token."""
    return str(url.with_user(None).with_query(None).with_fragment(None))


def show_chain(hops: tuple[URL, ...]) -> str:
    """Return the URLs as one line, without anything that may hold a token."""
    return " → ".join(map(show, hops))


def _follow(hops: tuple[URL, ...], location: str) -> tuple[URL, ...]:
    try:
        target = hops[-1].join(_parse(location))
    except ValueError as error:
        raise BadLocationError(hops) from error
    if target.scheme not in ("http", "https") or not target.host:
        raise BadLocationError(hops)
    if target in hops:
        raise RedirectError((*hops, target), loop=True)
    if len(hops) > REDIRECTS:
        raise RedirectError((*hops, target))
    return (*hops, target)


def _parse(url: str) -> URL:
    """Return the URL as it was written, without quoting anything again that needs no quoting."""
    return URL(url, encoded=url.isascii())


async def _read(response: ClientResponse, hops: tuple[URL, ...]) -> CallbackAnswer:
    body = b""
    while len(body) < _MOST_BYTES and (chunk := await response.content.read(_MOST_BYTES - len(body))):
        body += chunk
    headers = {name.lower(): value for name, value in response.headers.items()}
    return CallbackAnswer(status=response.status, headers=headers, body=body, hops=hops)
