"""Opens the shared log at an address; only then is the client of its engine loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from hookscope.errors import UsageError
from hookscope.team.address import LogAddress
from hookscope.team.followers import FollowedLog


def open_log(address: LogAddress, *, app_id: str | None = None, polls: bool = False) -> FollowedLog:
    """Return the log, which connects when it is entered: for appending with an `app_id`, else for reading.

    With `polls`, an append sends no notification, and a reader polls every second. Raises UsageError when the engine's
    client is not installed.
    """
    with _client():
        from hookscope.team.postgres.log import PostgresLog
    return PostgresLog(address, app_id=app_id, polls=polls)


async def initialize_log(address: LogAddress, *, readers: Sequence[str] = (), renew: bool = False) -> UUID:
    """Create the log unless it exists, let these roles read it, and return its id; all or nothing.

    `renew` gives it a new id, which it needs after a restore from a backup, and ends its lease. Raises
    LogUnavailableError, LogRefusedError, or UsageError when the engine's client is not installed.
    """
    with _client():
        from hookscope.team.postgres.schema import initialize
    return await initialize(address, readers=readers, renew=renew)


@contextmanager
def _client() -> Iterator[None]:
    """Import the modules that need the engine's client."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"a shared log on PostgreSQL needs psycopg, which cannot be loaded: {error}",
            hint="pip install 'hookscope[postgres]'",
        ) from error
