"""Addresses as users write them, checked: of applications, of the receiver, of the Graph API."""

import re
import string
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from hookscope.errors import UsageError

_TOKEN_PARAMETERS = ("access_token", "appsecret_proof", "client_secret")
"""The parameters by which the Graph API takes what logs somebody in."""

_LOGIN = re.compile(r"((?:.*://)?).*@", re.DOTALL)
"""A password as it was typed may hold anything, `/` too, for which the address is refused."""


def check_path(text: str) -> str:
    """Return a callback path; raises UsageError for one that a URL cannot end with."""
    path = text if text.startswith("/") else f"/{text}"
    clean = path.isascii() and path.isprintable() and not any(char in path for char in " ?#\\")
    if not clean or {".", ".."} & set(path.split("/")):  # Clients resolve dots before they send the request.
        raise UsageError(f"--path {text!r} cannot be a callback path", hint="use letters, digits, '-', '_' and '/'")
    return path


def check_target(text: str) -> str:
    """Return the full URL of an application, written as `3000`, `3000/hook`, `localhost:3000/hook` or in full."""
    given = text.strip()
    if given.partition("/")[0].isdecimal():
        given = f":{given}"
    given = f"localhost{given}" if given.startswith(":") else given
    url = given if "://" in given else f"http://{given}"
    _refuse_login(url, "a target URL", hint="`run` and `replay` send them with --header 'Authorization: Basic …'")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        (parts.hostname or "").encode("idna")  # As name resolution does: a label may be too long, or empty.
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise UsageError(
            f"{without_login(text)!r} is not a valid target",
            hint="give a port, PORT/PATH, HOST:PORT/PATH, or a full URL",
        )
    if tokens := [name for name, _ in parse_qsl(parts.query) if name.lower() in _TOKEN_PARAMETERS]:
        raise UsageError(
            f"a target URL must not contain {tokens[0]}, since it is displayed and stored",
            hint="`run` and `replay` send it with --header 'Authorization: Bearer …'",
        )
    path, query = map(percent_encode, (parts.path or "/", parts.query))
    return urlunsplit(parts._replace(path=path, query=query, fragment=""))


def without_login(text: str) -> str:
    """Return a refused address for its error: without user and password, and without a query, which may hold tokens."""
    address, mark, _ = _LOGIN.sub(r"\1•••@", text).partition("?")
    return f"{address}?•••" if mark else address


def _refuse_login(url: str, name: str, *, hint: str) -> None:
    if "@" in re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]:
        raise UsageError(f"{name} must not contain a user or password, since it is displayed and stored", hint=hint)


def authority(netloc: str) -> bytes:
    """Return the host and port of a URL as HTTP names them, without a login before them."""
    host, colon, port = netloc.rpartition("@")[2].partition(":")
    if host.isascii():
        return f"{host}{colon}{port}".encode("ascii")
    return host.encode("idna") + f"{colon}{port}".encode("ascii")  # With the port, its last label would be another.


def percent_encode(text: str | bytes) -> str:
    """Return a part of a URL with everything encoded that no URL holds; what is encoded already stays as it is."""
    return quote(text, safe=string.punctuation)


def check_public_url(text: str, option: str = "--public-url") -> str:
    """Return a public base address; raises UsageError unless it is https, or http on a loopback host.

    `option` is its name in errors.
    """
    _refuse_login(_in_full(text), option, hint="have Meta's requests pass without them: signatures prove the sender")
    return _check_base(text, option)


def bare_domain(text: str | None) -> str | None:
    """Return a domain that may have been written as an https address, or None for none."""
    return text.removeprefix("https://").rstrip("/") if text else None


def check_callback_url(text: str) -> str:
    """Return a whole callback URL; raises UsageError for one that Meta would refuse at once."""
    _check_base(text.partition("?")[0], "--callback-url")
    return text


def _check_base(text: str, option: str) -> str:
    url = _in_full(text).rstrip("/")
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and parts.scheme in ("http", "https") and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        known = False
    if not known:
        raise UsageError(
            f"{option} {without_login(text)!r} is not a base URL", hint="give something like https://hooks.example.com"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{option} {without_login(text)!r} is not https",
            hint="Meta delivers to https only; plain http is for loopback addresses",
        )
    return url


def _in_full(text: str) -> str:
    return text if "://" in text else f"https://{text}"


def check_endpoint_url(text: str) -> str:
    """Return the full URL of a webhook endpoint; raises UsageError unless it is https, or http on a loopback host."""
    url = check_target(text)
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{without_login(text)!r} is not https",
            hint="Meta delivers to https only; plain http is for loopback addresses",
        )
    return url


def check_graph_url(text: str) -> str:
    """Return the base of a Graph API; raises UsageError unless it is https, or http on a loopback host."""
    url = text.rstrip("/")
    _refuse_login(url, "--graph-url", hint="leave them out: the Graph API takes tokens")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_private = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        usable = bool(host) and is_private and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(
            f"--graph-url {without_login(text)!r} cannot be used",
            hint="it receives the app secret, so it must be https, or http on a loopback address",
        )
    return url


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
