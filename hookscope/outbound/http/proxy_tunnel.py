"""A tunnel through an HTTP proxy, which neither reads nor changes what TLS sends through it.

Source: RFC 9110, 9.3.6, "CONNECT".
"""

import asyncio
import ssl
from base64 import b64encode
from urllib.parse import SplitResult, unquote, urlsplit

from hookscope.proxies import LOGIN_STATUSES
from hookscope.urls import authority

_LARGEST_HEAD = 64 << 10
_END_OF_HEAD = b"\r\n\r\n"
_SETTINGS = "check HTTPS_PROXY and NO_PROXY"


class ProxyError(OSError):
    """The proxy cannot be reached, or opens no tunnel; the text says why, without the proxy's password."""


async def open_tunnel(proxy: str, host: str, port: int) -> asyncio.Transport:
    """Return a connection to a host through the proxy with that URL. Raises ProxyError."""
    parts = urlsplit(proxy)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProxyError(f"the proxy has no http:// or https:// URL; {_SETTINGS}")
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    port_of_proxy = parts.port or (443 if tls else 80)
    place = f"the proxy {parts.hostname}:{port_of_proxy}"
    try:
        transport, opening = await asyncio.get_running_loop().create_connection(
            _Opening, parts.hostname, port_of_proxy, ssl=tls
        )
    except (OSError, UnicodeError) as error:
        raise ProxyError(f"{place} cannot be reached; {_SETTINGS}") from error
    try:
        transport.write(_request(parts, host, port))
        status = await opening.status
    except BaseException:
        transport.abort()
        raise
    if not 200 <= status < 300:
        transport.abort()
        answer = f"answered HTTP {status}" if status else "did not answer in HTTP"
        next_step = "put its user and password into HTTPS_PROXY" if status in LOGIN_STATUSES else _SETTINGS
        raise ProxyError(f"{place} opens no connection to {host}:{port}: it {answer}; {next_step}")
    return transport


class _Opening(asyncio.Protocol):
    """Waits for the answer to CONNECT; `status` is 0 for none."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        """Collect the head; nothing follows it before the TLS handshake, which begins here."""
        self._head += data
        if _END_OF_HEAD in self._head:
            self._conclude(_status(self._head))
        elif len(self._head) > _LARGEST_HEAD:
            self._conclude(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that no answer comes anymore."""
        self._conclude(0)

    def _conclude(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)


def _request(proxy: SplitResult, host: str, port: int) -> bytes:
    name = f"[{host}]" if ":" in host else host
    place = authority(f"{name}:{port}")
    lines = [b"CONNECT " + place + b" HTTP/1.1", b"Host: " + place]
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(b"Proxy-Authorization: Basic " + b64encode(login))
    return b"\r\n".join([*lines, b"", b""])


def _status(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    return int(rest[:3]) if version.startswith(b"HTTP/1.") and rest[:3].isdigit() else 0
