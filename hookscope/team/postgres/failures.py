"""Translation of PostgreSQL's errors into those of a shared log."""

import shlex
import socket

from psycopg import Error, OperationalError, errors

from hookscope.errors import StoreError
from hookscope.team.address import LogAddress
from hookscope.team.log import LogNotFoundError, LogReadOnlyError, LogRefusedError, LogUnavailableError
from hookscope.team.postgres.connecting import NO_ADDRESS, NoPlaceError

_NO_LOG = (errors.UndefinedTable, errors.InvalidSchemaName)

_LOGIN = "check user, password (PGPASSWORD, PGPASSFILE), and database"
_ADMISSION = "have the server's administrator let this user in from here, in pg_hba.conf"
_AUTHORITY = "for a server with a certificate of its own, name its authority: sslrootcert=FILE in the address"
_NAME = "connect by a name that is in the server's certificate"
_OWN_CERTIFICATE = "name your certificate and its private key: sslcert=FILE and sslkey=FILE in the address"
_TLS = "without TLS, in a network that needs none: sslmode=disable in the address; with TLS: sslmode=verify-full"
_SERVICE = "check the service's name, and its file (PGSERVICEFILE)"
_OPTIONS = "check the options in the address, and the variables whose names begin with PG"
_REFUSALS = {
    "root certificate file": _AUTHORITY,
    "certificate verify failed": _AUTHORITY,
    "does not match host name": _NAME,
    "requires a valid client certificate": _OWN_CERTIFICATE,
    "certificate authentication failed": _OWN_CERTIFICATE,
    "certificate file": _OWN_CERTIFICATE,
    "private key file": _OWN_CERTIFICATE,
    "SSL error: sslv3 alert": _OWN_CERTIFICATE,
    "SSL error: tlsv1 alert": _OWN_CERTIFICATE,
    "SSL error: tlsv13 alert": _OWN_CERTIFICATE,
    "SSL error: wrong version number": _TLS,
    "server does not support SSL": _TLS,
    "SSL required": _TLS,
    "no pg_hba.conf entry": _ADMISSION,
    "pg_hba.conf rejects": _ADMISSION,
    "authentication failed": _LOGIN,
    "no password supplied": _LOGIN,
    "is not permitted to log in": _LOGIN,
    "does not exist": _LOGIN,
    "permission denied for database": _LOGIN,
    "no such database": _LOGIN,
    "no such user": _LOGIN,
    "could not look up local user": _LOGIN,
    "local user with ID": _LOGIN,
    "definition of service": _SERVICE,
    "service file": _SERVICE,
    "could not match": _OPTIONS,
    "connection is bad: invalid": _OPTIONS,
}
"""Messages after which the next attempt to connect would fail in the same way, and what to do; the first match counts.

libpq gives no codes for them, and PgBouncer has some of its own.
"""

_RUNS = "check that the database runs and can be reached from here"
_CONNECTIONS = (
    "a relay needs two connections, and so does each run that mirrors the log: see max_connections of the server, and "
    "CONNECTION LIMIT of the role and the database"
)
_WRITABLE = (
    "a replica can only be read, and so can anything under default_transaction_read_only: name the primary server, or "
    "have the setting turned off for this role"
)
_TEMPORARY = {
    "too many clients already": _CONNECTIONS,
    "connection slots are reserved": _CONNECTIONS,
    "too many connections for": _CONNECTIONS,
    "session is read-only": _WRITABLE,
    "transaction blocks not allowed": "name the server itself for this, not a pooler in statement mode",
    "No space left on device": "have space freed on the disk of the database",
}

_FOR_NOW = f"[Errno {socket.EAI_AGAIN}]"
"""Part of the error when no name server answered, which does not mean that the name is wrong."""

_SHOWN_OPTIONS = (
    *("host", "hostaddr", "port", "user", "dbname", "service", "target_session_attrs"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey"),
)


def explain(error: Error, address: LogAddress) -> StoreError:
    """Return the shared log's error for a failed call."""
    if isinstance(error, NoPlaceError):
        return _explain_all([explain(each, address) for each in error.errors], address)
    message = str(error).strip().partition("\n")[0].removeprefix("connection failed: ") or type(error).__name__
    if isinstance(error, _NO_LOG):
        return LogRefusedError(
            f"there is no log {address.log!r} at {address}",
            done="nothing was written",
            hint="have the database's owner run: hookscope relay init",
        )
    if error.sqlstate is None and (advice := _find(_REFUSALS, str(error))):
        return LogRefusedError(
            f"the shared log at {address} cannot be opened: {message}",
            done="nothing was sent to it",
            hint=f"{advice}; to try: {_psql(address)}",
        )
    if NO_ADDRESS in message and _FOR_NOW not in message:
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
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return LogReadOnlyError(f"the shared log at {address} is away: {message}", reason=message, hint=_WRITABLE)
    if isinstance(error, OperationalError | errors.InternalError):
        return unavailable(message, address, _find(_TEMPORARY, message) or _RUNS)
    return LogRefusedError(f"the shared log at {address} refuses: {message}", done="nothing was written")


def unavailable(reason: str, address: LogAddress, advice: str = _RUNS) -> LogUnavailableError:
    """Return the error for a log that cannot be reached or does not answer."""
    return LogUnavailableError(
        f"the shared log at {address} is away: {reason}", reason=reason, hint=f"{advice}; to try: {_psql(address)}"
    )


def _explain_all(found: list[StoreError], address: LogAddress) -> StoreError:
    """Return the error for several places: as long as one of them may come back, it is worth waiting."""
    away = [each for each in found if isinstance(each, LogUnavailableError)]
    if not away:
        return found[0]
    reasons = [each.reason if isinstance(each, LogUnavailableError) else each.message for each in found]
    hints = [each.hint for each in away if each.hint]
    return LogUnavailableError(
        f"the shared log at {address} is away: {'; '.join(dict.fromkeys(reasons))}",
        reason="; ".join(dict.fromkeys(reasons)),
        hint=hints[0] if hints else None,
    )


def _find(advice: dict[str, str], message: str) -> str | None:
    return next((what for words, what in advice.items() if words in message), None)


def _psql(address: LogAddress) -> str:
    """Return a psql command for the same address; it asks for the password, or finds it where this program does."""
    given = address.url.partition("?")[2].split("&")
    options = "&".join(option for option in given if option.partition("=")[0] in _SHOWN_OPTIONS)
    return f"psql {shlex.quote(f'{address.shown}?{options}' if options else address.shown)}"
