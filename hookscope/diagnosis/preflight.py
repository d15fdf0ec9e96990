"""The look at a callback before anything is registered: the probe, and where it fails, what tells more about it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from yarl import URL

from hookscope.diagnosis.exchange import proxy_for
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.probe import ProbeResult, probe
from hookscope.meta import handshake
from hookscope.urls import is_loopback

_BROWSER_HEADERS = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Accept-Encoding", "deflate, gzip"),
)
_FILTERED = frozenset(("status.login", "status.refused", "status.rate-limit", "status.other", "answer.html"))
_PATH_FAULTS = frozenset(("status.not-found", "status.method"))
_TYPICAL_PATH = "/webhook"


async def preflight(
    callback_url: str,
    *,
    verify_token: str,
    challenge: str,
    timeout: float = handshake.TIMEOUT_SECONDS,  # noqa: ASYNC109
) -> ProbeResult:
    """Probe a callback, and on a failure also ask as a browser, or at similar paths, if that may name the cause.

    Each request has `timeout` seconds. Nothing is raised.
    """

    async def ask(url: str, headers: tuple[tuple[str, str], ...] = handshake.REQUEST_HEADERS) -> bool:
        result = await probe(url, verify_token=verify_token, challenge=challenge, timeout=timeout, headers=headers)
        return result.ok

    result = await probe(callback_url, verify_token=verify_token, challenge=challenge, timeout=timeout)
    finding = result.finding
    if finding.id in _FILTERED and await ask(callback_url, _BROWSER_HEADERS):
        finding = _filtered(finding)
    elif finding.id in _PATH_FAULTS:
        for url, name, what in _paths_beside(callback_url):
            if await ask(url):
                finding = _elsewhere(finding, url, name, what)
                break
    elif result.ok:
        finding = await consider_address(finding, callback_url)
    return replace(result, finding=finding)


async def consider_address(finding: Finding, url: str) -> Finding:
    """Return the finding of an answer that is right, or another one if Meta cannot reach or does not take its URL."""
    if address := await private_address(url):
        return _private(address)
    return _not_https() if _is_plain(url) else finding


async def private_address(url: str) -> str | None:
    """Return the address that a URL's host resolves to if it is none of the public internet's.

    None for a host that can only mean this machine, and for a name that a proxy of the environment resolves.
    """
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return None
    with suppress(ValueError):
        return None if ip_address(host).is_global else host
    if proxy_for(URL(url)):
        return None
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    return None if any(ip_address(address).is_global for address in addresses) else addresses[0]


def note_arrival(finding: Finding, *, arrived: bool) -> Finding:
    """Return the finding with what the receiver knows: whether the request reached it and was answered correctly."""
    if not finding.failed and not arrived:
        return Finding(
            id="receiver.somebody-else",
            state=State.FAILED,
            what="the right answer came, but not from this receiver",
            why="another program behind that address answers every handshake",
            next_step="stop it, or point the tunnel or proxy to this receiver's port",
        )
    if not finding.failed:
        return finding
    reached = "the request arrived at this receiver and was answered correctly; something in between changed the answer"
    missed = "the request did not arrive at this receiver"
    return replace(finding, why="; ".join(filter(None, (finding.why, reached if arrived else missed))))


def _paths_beside(callback_url: str) -> Iterator[tuple[str, str, str]]:
    """Yield the URLs that are easily meant: with a slash more or less, the folder above, and the usual path."""
    parts = urlsplit(callback_url)
    path = parts.path or "/"
    single = "/" + "/".join(part for part in path.split("/") if part)

    def at(other: str) -> str:
        return urlunsplit(parts._replace(path=other))

    if "//" in path:
        yield at(single), "path.slash-extra", "there is one slash too many in the path"
    if path.endswith("/") and path != "/":
        yield at(path.rstrip("/")), "path.slash-extra", "there is one slash too many at the end of the path"
    elif path != "/":
        yield at(f"{path}/"), "path.slash-missing", "there is a slash missing at the end of the path"
    if path == "/":
        yield at(_TYPICAL_PATH), "path.elsewhere", "the handler is at another path"
    else:
        yield at(single.rpartition("/")[0] or "/"), "path.elsewhere", "the handler is at another path"


def _elsewhere(finding: Finding, url: str, name: str, what: str) -> Finding:
    shown = urlunsplit(urlsplit(url)._replace(query=""))
    return replace(
        finding, id=name, what=f"{finding.what}; {what}, and {shown} answers correctly", next_step=f"register {shown}"
    )


def _filtered(finding: Finding) -> Finding:
    return Finding(
        id="filter.user-agent",
        state=State.FAILED,
        what=f"a browser gets the right answer, but Meta does not: {finding.what}",
        why="a firewall or bot filter judges by the user agent",
        next_step=f"on the callback path, let requests pass whose user agent is {handshake.USER_AGENT!r}; "
        "since Meta's notifications have other user agents, exempt the whole path if you can",
    )


def _is_plain(callback_url: str) -> bool:
    parts = urlsplit(callback_url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _private(address: str) -> Finding:
    return Finding(
        id="address.private",
        state=State.WARNING,
        what=f"it answers correctly at {address}, which is not an address of the public internet",
        why="Meta cannot reach that; only if the name resolves to another address out there, it can",
        next_step="use a tunnel, or see what the name resolves to from another network",
    )


def _not_https() -> Finding:
    return Finding(
        id="address.not-https",
        state=State.FAILED,
        what="it answers correctly over plain http, but Meta accepts only https",
        next_step="register an https URL, with a certificate of a public authority",
    )
