"""libpq's connection options, with a verified certificate for servers on other machines."""

import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from psycopg import ProgrammingError, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hookscope import paths
from hookscope.errors import UsageError
from hookscope.team.address import LogAddress
from hookscope.team.log import LogRefusedError
from hookscope.urls import is_loopback

_ROOTS = "~/.postgresql/root.crt"
_UNSET = (None, "", "prefer")
"""libpq's default for `sslmode`, `prefer`, also accepts an unencrypted connection."""

_PLACE = ("host", "hostaddr", "port")
"""Given to psycopg also if they come from a service file, which it does not read: libpq would look up their names, and
everything else in this process would wait for that.
"""

_OWN = {
    "application_name": "hookscope",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def options_of(address: LogAddress, *, writes: bool) -> dict[str, Any]:
    """Return libpq's connection parameters for an address, whose own parameters take precedence.

    Among several hosts, a writer uses the one that accepts writes. Raises LogRefusedError for an address that libpq
    does not understand.
    """
    try:
        given = conninfo_to_dict(address.url)
    except ProgrammingError:  # The error's text may contain a password.
        raise LogRefusedError(
            f"PostgreSQL's client does not understand the address {address}",
            hint="give something like postgresql://anna@db.example.com/hooks",
        ) from None
    resolved = _resolved(address)
    target = {"target_session_attrs": "read-write"} if writes else {}
    place = {name: resolved[name] for name in _PLACE if resolved.get(name)}
    return {**_OWN, **target, **place, **_tls(given, resolved), **given}


def _resolved(address: LogAddress) -> dict[str, str]:
    """Return the parameters of a connection, with those of the service file, of the environment, and the defaults.

    libpq tells them only of a connection: one is begun, with an option for which it is given up before it is tried.
    There are none if the service is unknown, for which it would be given up, too.
    """
    connection = pq.PGconn.connect_start(make_conninfo(address.url, target_session_attrs="none").encode())
    try:
        return {option.keyword.decode(): option.val.decode() for option in connection.info if option.val}
    finally:
        connection.finish()


def _tls(given: Mapping[str, Any], resolved: Mapping[str, str]) -> dict[str, str]:
    """Return the options that make a remote server prove its identity, unless others were chosen.

    libpq looks for root certificates in ~/.postgresql/root.crt; `system` would mean the folder of the OpenSSL that it
    was built with, which does not exist for psycopg's wheels (3.3.9: /usr/lib/psycopg-openssl). So it gets the roots
    that Python trusts. Source: PostgreSQL's manual, "SSL Support" in libpq (read 2026-11-29).
    """
    chosen = "PGSSLMODE" in os.environ or given.get("sslmode") or resolved.get("sslmode") not in _UNSET
    if chosen or all(_is_local(resolved.get(name, "")) for name in ("host", "hostaddr")):
        return {}
    roots = resolved.get("sslrootcert") or _has_roots()
    trusted = ssl.get_default_verify_paths().cafile or "system"
    return {"sslmode": "verify-full"} | ({} if roots else {"sslrootcert": trusted})


def _has_roots() -> bool:
    with suppress(UsageError):  # A user without a home folder has none.
        return paths.named(_ROOTS).exists()
    return False


def _is_local(hosts: str) -> bool:
    """Return whether all of these hosts, separated by commas, are this machine; none means its Unix socket."""
    return all(not host or host.startswith(("/", "@")) or is_loopback(host) for host in hosts.split(","))
