"""The local API of an ngrok agent: one endpoint is added to an agent that somebody else started, and removed again.

Agents since 3.30 know `/api/endpoints`, older ones only `/api/tunnels`; one whose address is taken listens on the next
free port, and one of version 2 makes a second endpoint for plain http. Sources: ngrok's page "ngrok Agent API" (read
2026-11-29), and an agent of version 2.3.41.
"""

import json
import select
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

DEFAULT_PORTS = range(4040, 4050)
_COLLECTIONS = ("endpoints", "tunnels")
_EVERY_INTERFACE = ("", "0.0.0.0", "::")  # noqa: S104 - they are replaced

_LOOK_SECONDS = 2.0
_ADD_SECONDS = 10.0
_WATCH_SECONDS = 10.0
"""Between two looks at whether the endpoint is there; the agent's end is noticed at once."""

_GONE = 404


class RefusalError(Exception):
    """The agent takes no further endpoint; the text says why."""


class RunningAgent(Struct, frozen=True, kw_only=True):
    """An agent whose API answers at `address`, such as `127.0.0.1:4040`."""

    address: str
    collection: str

    def endpoint(self, name: str) -> str:
        """Return the address in the API of the endpoint of that name."""
        return f"http://{self.address}/api/{self.collection}/{quote(name, safe='')}"

    def add(self, name: str, *, upstream: str, domain: str | None, pooling: bool) -> str:
        """Have the agent open an endpoint that leads to `upstream`; return its public URL. Raises RefusalError."""
        wanted: dict[str, Any] = {"name": name, "pooling_enabled": True} if pooling else {"name": name}
        if self.collection == "endpoints":
            wanted |= {"upstream": {"url": upstream}} | ({"url": f"https://{domain}"} if domain else {})
        else:
            wanted |= {"addr": upstream, "proto": "http"} | ({"domain": domain} if domain else {})
        try:
            status, answer = _ask("POST", f"http://{self.address}/api/{self.collection}", wanted, seconds=_ADD_SECONDS)
        except OSError as error:
            raise RefusalError(f"it does not answer: {error}") from error
        public_url = answer.get("url") or answer.get("public_url")
        if status >= 300 or not public_url:
            raise RefusalError(_reason(status, answer))
        return str(public_url)


def running_agents(web_addr: str | None, ports: Sequence[int]) -> Iterator[RunningAgent]:
    """Find the agents of this machine, at `web_addr`, the setting of ngrok's configuration, and at these ports."""
    configured = [_address(web_addr)] if web_addr else []
    for address in dict.fromkeys([*configured, *(f"127.0.0.1:{port}" for port in ports)]):
        for collection in _COLLECTIONS:
            if _has(address, collection):
                yield RunningAgent(address=address, collection=collection)
                break


def remove(endpoint: str) -> bool:
    """Remove an endpoint by its address in the API; return whether it is gone, be it with its agent."""
    if "/api/tunnels/" in endpoint:
        _remove(f"{endpoint}%20%28http%29")
    return _remove(endpoint)


def wait_until_gone(endpoint: str) -> str:
    """Wait until an endpoint is no longer in its agent, or the agent has ended; return which, in words."""
    parts = urlsplit(endpoint)
    while True:
        with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=_WATCH_SECONDS)) as connection:
            try:
                connection.request("GET", parts.path)
                response = connection.getresponse()
                response.read()
            except TimeoutError:
                continue
            except (OSError, HTTPException):
                return f"the ngrok agent at {parts.netloc}, which held the endpoint, has ended"
            if response.status == _GONE:
                return f"the ngrok agent at {parts.netloc} no longer has the endpoint"
            if connection.sock:
                select.select([connection.sock], [], [], _WATCH_SECONDS)
            else:
                time.sleep(1.0)


def is_taken(web_addr: str) -> bool:
    """Return whether something listens already where an agent is to serve its API."""
    try:
        _ask("GET", f"http://{_address(web_addr)}/api", seconds=_LOOK_SECONDS)
    except (ConnectionRefusedError, ValueError):
        return False
    except OSError:
        return True
    return True


def _address(web_addr: str) -> str:
    host, _, port = web_addr.rpartition(":")
    return f"{'127.0.0.1' if host.strip('[]') in _EVERY_INTERFACE else host}:{port}"


def _has(address: str, collection: str) -> bool:
    try:
        status, answer = _ask("GET", f"http://{address}/api/{collection}", seconds=_LOOK_SECONDS)
    except (OSError, ValueError):
        return False
    return status == 200 and isinstance(answer.get(collection), list)


def _remove(endpoint: str) -> bool:
    try:
        status, _ = _ask("DELETE", endpoint, seconds=_LOOK_SECONDS)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return status < 300 or status == _GONE


def _ask(method: str, url: str, value: Any = None, *, seconds: float) -> tuple[int, Mapping[str, Any]]:
    """Return the answer's status, and its JSON object; an empty one stands for anything else. Raises OSError."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)) as connection:
        try:
            connection.request(method, parts.path, None if value is None else json.dumps(value), headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except HTTPException as error:
            raise OSError(f"the answer is not HTTP: {error}") from error
        except ValueError:
            answer = None
    return response.status, answer if isinstance(answer, dict) else {}


def _reason(status: int, answer: Mapping[str, Any]) -> str:
    details = answer.get("details")
    reason = details.get("err") if isinstance(details, Mapping) else None
    return str(reason or answer.get("msg") or f"it answers {status}")
