"""The HTTP proxy that the environment names, as curl and browsers read it: HTTPS_PROXY, HTTP_PROXY, and NO_PROXY."""

from urllib.parse import urlsplit

from hookscope.urls import is_loopback

LOGIN_STATUSES = (401, 407)
"""A proxy's answers to a missing or wrong login: RFC 9110, 15.5.8, and tinyproxy 1.11 to a wrong one."""


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy that leads to another URL, or None for one of this machine, or of NO_PROXY.

    It may hold a password. aiohttp's own `trust_env` is not an option: it also sends passwords from ~/.netrc.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    from urllib.request import getproxies, proxy_bypass  # Most applications are on this machine, and need neither.

    if proxy_bypass(host):
        return None
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
