"""Translation of PostgreSQL's errors into those of a shared log."""

import shlex
import socket

from psycopg import Error, OperationalError, errors

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.log import LogNotFoundError, LogRefusedError, LogUnavailableError

_NO_LOG = (errors.UndefinedTable, errors.InvalidSchemaName)
_NOT_LET_IN = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "is not permitted to log in",
    "does not exist",
    "permission denied for database",
    "no such database",
    "no such user",
    "server does not support SSL",
    "certificate verify failed",
    "does not match host name",
    "certificate file",
    "private key file",
    "SSL error: sslv3 alert",
    "SSL error: tlsv1 alert",
    "SSL error: tlsv13 alert",
    "SSL error: wrong version number",
    "connection is bad: invalid",
)
"""Messages after which the next attempt to connect would fail in the same way; libpq gives no codes for them."""

_NO_ADDRESS = "failed to resolve host"
_FOR_NOW = f"[Errno {socket.EAI_AGAIN}]"
"""Part of psycopg's error when no name server answered, which does not mean that the name is wrong."""


def explain(error: Error, address: LogAddress) -> StoreError:
    """Return the shared log's error for a failed call."""
    message = str(error).strip().partition("\n")[0].removeprefix("connection failed: ") or type(error).__name__
    if isinstance(error, _NO_LOG):
        return LogRefusedError(
            f"there is no log {address.log!r} at {address}",
            done="nothing was written",
            hint="have the database's owner run: hookscope relay init",
        )
    if error.sqlstate is None and any(words in str(error) for words in _NOT_LET_IN):
        return LogRefusedError(
            f"the shared log at {address} cannot be opened: {message}",
            done="nothing was sent to it",
            hint=f"check user, password (PGPASSWORD, PGPASSFILE), and database: {_psql(address)}; "
            "for a server with a certificate of its own, name its authority with sslrootcert",
        )
    if _NO_ADDRESS in message and _FOR_NOW not in message:
        return LogNotFoundError(
            f"the shared log at {address} cannot be found: {message}",
            reason=message,
            hint="check the name, and the network that resolves it, such as a VPN",
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return LogRefusedError(
            f"the shared log at {address} refuses: {message}",
            done="nothing was written",
            hint="the log's owner lets readers in: hookscope relay init --grant NAME; only that owner changes the log, "
            "and creating one needs the right CREATE on the database",
        )
    if isinstance(error, errors.UndefinedObject):
        return LogRefusedError(
            f"the shared log at {address} refuses: {message}",
            done="nothing was changed",
            hint='create it first: CREATE ROLE "NAME" LOGIN PASSWORD …',
        )
    if isinstance(error, OperationalError | errors.ReadOnlySqlTransaction | errors.InternalError):
        return unavailable(message, address)
    return LogRefusedError(f"the shared log at {address} refuses: {message}", done="nothing was written")


def unavailable(reason: str, address: LogAddress) -> LogUnavailableError:
    """Return the error for a log that cannot be reached or does not answer."""
    return LogUnavailableError(
        f"the shared log at {address} is away: {reason}",
        reason=reason,
        hint=f"check that the database runs and can be reached from here: {_psql(address)}",
    )


def _psql(address: LogAddress) -> str:
    """Return a psql command for the same address; it asks for the password, or finds it where this program does."""
    return f"psql {shlex.quote(address.shown)}"
