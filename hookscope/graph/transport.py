"""One exchange with a Graph API over HTTP: answers and failures are both returned as values.

The access token travels in the URL, and aiohttp's exceptions show URLs. None of them leaves this module, not even as
the cause of another.
"""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientHandlerType,
    ClientHttpProxyError,
    ClientOSError,
    ClientProxyConnectionError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
)
from msgspec import Struct

from hookscope import __version__
from hookscope.meta.graph_error import GraphFault
from hookscope.proxies import proxy_for

_LONGEST_ANSWER = 4 << 20
_CHUNK = 1 << 16


class GraphAnswer(Struct, frozen=True, kw_only=True):
    """A response. The names in `headers` are in lowercase."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportFailure(Struct, frozen=True, kw_only=True):
    """The reason why no usable answer came, and the next step. `sent` tells that the call may still have arrived."""

    reason: str
    hint: str
    sent: bool


class Transport:
    """A session with the Graph API at `base_url`; an async context manager. It has no timeout of its own."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).hostname or ""

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            # The server may close a kept connection at the very moment of the next call, and then nobody knows the
            # outcome of that call. Calls are few: each has a connection of its own.
            connector=TCPConnector(force_close=True),
            timeout=ClientTimeout(total=None),
            cookie_jar=DummyCookieJar(),
            middlewares=(only_once,),
            headers={"User-Agent": f"hookscope/{__version__}", "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def exchange(self, method: str, path: str, parameters: Mapping[str, str]) -> GraphAnswer | TransportFailure:
        """Make a call; the parameters of a POST go into its body, others into the query."""
        try:
            async with self._session.request(
                method,
                f"{self._base_url}{path}",
                params=None if method == "POST" else parameters,
                data=parameters if method == "POST" else None,
                allow_redirects=False,
                proxy=proxy_for(self._base_url),
            ) as response:
                body = bytearray()
                while chunk := await response.content.read(_CHUNK):
                    body += chunk
                    if len(body) > _LONGEST_ANSWER:
                        return TransportFailure(reason="its answer is too large", hint=_CHECK_URL, sent=True)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return GraphAnswer(status=response.status, headers=headers, body=bytes(body))
        except (ClientError, OSError, ValueError) as error:
            return self._explain(error)

    def _explain(self, error: Exception) -> TransportFailure:
        host = self._host
        match error:
            case ClientProxyConnectionError():
                return TransportFailure(reason="the proxy cannot be reached", hint=_CHECK_PROXY, sent=False)
            case ClientHttpProxyError():
                return TransportFailure(
                    reason=f"the proxy refused (HTTP {error.status})", hint=_CHECK_PROXY, sent=False
                )
            case ClientConnectorDNSError():
                return TransportFailure(
                    reason=f"the host name {host} does not resolve", hint=_CHECK_NETWORK, sent=False
                )
            case InvalidURL():
                return TransportFailure(reason="that is not a valid address", hint=_CHECK_URL, sent=False)
            case ClientConnectorCertificateError() | ClientConnectorSSLError():
                reason = f"no trusted TLS connection to {host}: an intercepting proxy, or the wrong address"
                is_untrusted = isinstance(error, ClientConnectorCertificateError)
                return TransportFailure(
                    reason=reason, hint=_CHECK_CERTIFICATE if is_untrusted else _CHECK_URL, sent=False
                )
            case ClientConnectorError():
                return TransportFailure(reason=f"{host}: {_describe(error.os_error)}", hint=_CHECK_NETWORK, sent=False)
            case OSError():
                return TransportFailure(reason=f"{host}: {_describe(error)}", hint=_CHECK_NETWORK, sent=True)
            case _:
                return TransportFailure(
                    reason=f"{host} closed the connection, or its answer is not HTTP", hint=_CHECK_NETWORK, sent=True
                )


async def only_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from silently repeating a GET or DELETE: the number of tries is not decided here."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ClientConnectionError from error


_CHECK_NETWORK = "check the network connection and --graph-url, then try again"
_CHECK_PROXY = "check HTTPS_PROXY and NO_PROXY"
_CHECK_CERTIFICATE = "name the certificate of a proxy that opens TLS in SSL_CERT_FILE, or check --graph-url"
_CHECK_URL = "check --graph-url and the proxy settings"


def _describe(error: OSError) -> str:
    """Return the reason in words; an exception's own text may hold a URL."""
    return os.strerror(error.errno).lower() if error.errno and error.errno > 0 else "the connection failed"


_PAUSES = (0.5, 1.5)
_RATE_LIMIT_PAUSES = (2.0, 5.0)
_POST_PAUSES = (1.0,)


def retry_delay(method: str, fault: GraphFault | None, tried: int) -> float | None:
    """Return the seconds to wait before a call that failed `tried` times is made again, or None when it must not be.

    `fault` is None when the connection failed. A POST makes Meta verify the callback, and Meta locks out whoever
    repeats that in vain: it gets one more try, and only when Meta's own side failed.
    """
    pauses: tuple[float, ...] = ()
    if method == "POST":
        pauses = _POST_PAUSES if fault and fault.is_outage else ()
    elif fault is None or fault.worth_retrying:
        pauses = _RATE_LIMIT_PAUSES if fault and fault.is_rate_limit else _PAUSES
    return pauses[tried - 1] if tried <= len(pauses) else None
