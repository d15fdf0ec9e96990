"""Connecting to the first that answers of several hosts, or of a host's several addresses.

psycopg tries one after the other, each until its timeout: after a primary that went dark, or an IPv6 address that
leads nowhere, no other would be tried within the time of a call.
"""

import asyncio
import random
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.rows import TupleRow

PostgresConnection: TypeAlias = AsyncConnection[TupleRow]
_Options: TypeAlias = Mapping[str, Any]
_Attempt: TypeAlias = asyncio.Task[PostgresConnection]

NO_ADDRESS = "failed to resolve host"
"""Part of the error when no host has an address."""

_HEAD_START_SECONDS = 1.0
_ALL_SECONDS = 3.0
"""Seconds of an attempt before the next one begins beside it, and the most until the last one begins."""


class NoPlaceError(OperationalError):
    """None of several places could be connected to; each has failed with an error of its own."""

    def __init__(self, errors: Sequence[Error]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


async def connect(options: _Options) -> PostgresConnection:
    """Connect to the first place that answers; earlier ones have a head start. Raises psycopg's Error."""
    places = await _places(options)
    head_start = min(_HEAD_START_SECONDS, _ALL_SECONDS / len(places))
    waiting: set[_Attempt] = set()
    errors: list[Error] = []
    try:
        while places or waiting:
            if places:
                waiting.add(asyncio.create_task(_connect(places.pop(0)), name="connect to the database"))
            pause = head_start if places else None
            done, waiting = await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                try:
                    found = attempt.result()
                except Error as error:
                    errors.append(error)
                else:
                    waiting |= done - {attempt}
                    return found
    finally:
        await _give_up(waiting)
    raise errors[0] if len(errors) == 1 else NoPlaceError(errors)


async def _connect(options: _Options) -> PostgresConnection:
    return await AsyncConnection.connect(**options, autocommit=True)


async def _give_up(attempts: Iterable[_Attempt]) -> None:
    """Cancel attempts, and close the connections of those that have succeeded."""
    for attempt in attempts:
        attempt.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(outcome, AsyncConnection):
            await outcome.close()


async def _places(options: _Options) -> list[_Options]:
    """Return the options for each address of each host; one place is left to psycopg, as is what it must compare."""
    names, ips, ports = (str(options.get(name) or "").split(",") for name in ("host", "hostaddr", "port"))
    count = max(len(names), len(ips))
    fits = len(ports) in (1, count) and (ips == [""] or names == [""] or len(names) == len(ips))
    if not fits or options.get("target_session_attrs") == "prefer-standby":
        return [options]
    places: list[_Options] = []
    unknown: OperationalError | None = None
    for number in range(count):
        here = {"host": _at(names, number), "hostaddr": _at(ips, number), "port": _at(ports, number)}
        place = {**options, **here}
        try:
            places += [{**place, "hostaddr": ip} for ip in await _ips(here["host"], here["hostaddr"])]
        except (OSError, UnicodeError) as error:  # The latter for what cannot be a name, such as `db..example.com`.
            unknown = OperationalError(f"{NO_ADDRESS} {here['host']!r}: {error}")
    if unknown and not places:
        raise unknown
    if options.get("load_balance_hosts") == "random":
        random.shuffle(places)
    return places


def _at(values: Sequence[str], number: int) -> str | None:
    return values[number if len(values) > 1 else 0] or None


async def _ips(host: str | None, hostaddr: str | None) -> Sequence[str | None]:
    """Return the addresses of a host, where they must be looked up. Raises OSError or UnicodeError if it has none."""
    if hostaddr or not host or host.startswith(("/", "@")):
        return [hostaddr]
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
