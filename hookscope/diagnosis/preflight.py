"""The check of a callback before anything is registered.

It is made as Meta, as a browser, and after a failure at similar paths.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.intermediaries import REMINDERS
from hookscope.diagnosis.probe import ProbeResult, probe
from hookscope.meta import handshake
from hookscope.proxies import proxy_for
from hookscope.urls import is_loopback

_BROWSER_HEADERS = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Accept-Encoding", "deflate, gzip"),
)
_BROWSER_GRACE = 1.0
"""Seconds to wait for the browser's answer after Meta's: a mere note is not worth a longer wait."""

_FILTERED = frozenset(
    ("status.login", "status.refused", "status.not-found", "status.rate-limit", "status.other", "answer.html")
)
_HELD_UP = frozenset(("answer.slow", "answer.timeout"))
_SILENT = frozenset(
    (
        *("connection.closed", "connection.timeout", "answer.timeout"),
        *("status.rate-limit", "status.server-error", "status.gateway"),
    )
)
"""Failures of a single request that say nothing about browsers: the next one may pass."""
_PATH_FAULTS = frozenset(("status.not-found", "status.method"))
_TYPICAL_PATH = "/webhook"


async def preflight(
    callback_url: str,
    *,
    verify_token: str,
    challenge: str,
    browser_challenge: str | None = None,
    timeout: float = handshake.TIMEOUT_SECONDS,  # noqa: ASYNC109
) -> ProbeResult:
    """Request a callback as Meta and, at the same time, as a browser; after a failure also at similar paths.

    Only Meta's request decides; a different answer to the browser adds a note, or explains a failure. Each request has
    `timeout` seconds. Without a `browser_challenge`, a random one is used. Nothing is raised.
    """

    async def ask(url: str) -> ProbeResult:
        return await probe(url, verify_token=verify_token, challenge=challenge, timeout=timeout)

    async def browse() -> ProbeResult:
        return await probe(
            callback_url,
            verify_token=verify_token,
            challenge=browser_challenge or handshake.random_challenge(),
            timeout=timeout,
            headers=_BROWSER_HEADERS,
        )

    browsing = asyncio.create_task(browse(), name="ask as a browser")
    try:
        result = await ask(callback_url)
        await asyncio.wait({browsing}, timeout=min(_BROWSER_GRACE, timeout))
        browser = browsing.result() if browsing.done() else None
    finally:
        browsing.cancel()
        await asyncio.wait({browsing})
    if browser and browser.ok and result.finding.id in _HELD_UP | _FILTERED:
        # An app that serves one request at a time, or a limited number, may have served the browser first.
        result = await ask(callback_url)
        if result.finding.id in _FILTERED:
            browser = await browse()
    return replace(result, finding=await _explain(result.finding, browser, callback_url, ask))


async def _explain(
    finding: Finding, browser: ProbeResult | None, url: str, ask: Callable[[str], Awaitable[ProbeResult]]
) -> Finding:
    if not finding.failed:
        finding = await consider_address(finding, url)
        return _note_browser(finding, browser) if finding.state is State.OK else finding
    if browser and browser.ok and finding.id in _FILTERED:
        return _filtered(finding)
    if finding.id in _PATH_FAULTS:
        for other, name, what in _paths_beside(url):
            if (await ask(other)).ok:
                return _elsewhere(finding, other, name, what)
    return finding


def _note_browser(finding: Finding, browser: ProbeResult | None) -> Finding:
    """Return the finding on a correct answer, with a note if a browser gets another one."""
    if browser is None or browser.ok or browser.finding.id in _SILENT:
        return finding
    if browser.finding.id in REMINDERS:
        return replace(
            finding,
            id="browser.reminder",
            what=f"{finding.what}; a browser is shown the tunnel's warning page first",
            why="that page is for browsers only: Meta does not get it, so nothing needs to be done",
        )
    return replace(
        finding,
        id="browser.differs",
        what=f"{finding.what}; a browser gets another answer: {browser.finding.what}",
        why="something in front judges by the user agent; it lets Meta's verification pass, so nothing needs to "
        "be done unless notifications, which have other user agents, do not arrive",
    )


async def consider_address(finding: Finding, url: str) -> Finding:
    """Return the finding on a correct answer, or another one if Meta cannot reach or does not accept the URL."""
    if address := await private_address(url):
        return _private(address)
    return _not_https() if _is_plain(url) else finding


async def private_address(url: str) -> str | None:
    """Return the address that a URL's host resolves to if it is not a public one.

    None for a host that can only mean this machine, and for a name that a proxy from the environment resolves.
    """
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return None
    with suppress(ValueError):
        return None if ip_address(host).is_global else host
    if proxy_for(url):
        return None
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    return None if any(ip_address(address).is_global for address in addresses) else addresses[0]


def note_arrival(finding: Finding, *, arrived: bool) -> Finding:
    """Return the finding, completed by what the receiver knows.

    That is whether the request arrived and was answered correctly.
    """
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
        why="Meta cannot reach that, unless the name resolves to another address outside",
        next_step="use a tunnel, or see what the name resolves to from another network",
    )


def _not_https() -> Finding:
    return Finding(
        id="address.not-https",
        state=State.FAILED,
        what="it answers correctly over plain http, but Meta accepts only https",
        next_step="register an https URL, with a certificate of a public authority",
    )
