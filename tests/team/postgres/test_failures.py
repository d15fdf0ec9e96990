"""What PostgreSQL's errors mean: the next attempt may fare better, or it would end in the same way."""

import socket

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from psycopg import OperationalError, errors

from hookscope.team.address import check_address
from hookscope.team.log import LogNotFoundError, LogReadOnlyError, LogRefusedError, LogUnavailableError
from hookscope.team.postgres.connecting import NoPlaceError
from hookscope.team.postgres.failures import explain

ADDRESS = check_address("postgresql://anna:hunter22@db.example.com:5433/hooks?sslmode=require")
AT = 'connection failed: connection to server at "203.0.113.7", port 5433 failed: '
"""Only psycopg's part of it says twice that it has failed."""
_TRY = "to try: psql 'postgresql://anna@db.example.com:5433/hooks?sslmode=require'"


@pytest.mark.parametrize(
    "told",
    [
        f'{AT}FATAL:  password authentication failed for user "anna"',
        f"{AT}fe_sendauth: no password supplied",
        f'{AT}FATAL:  role "anna" does not exist',
        f'{AT}FATAL:  database "hooks" does not exist',
        f'{AT}FATAL:  permission denied for database "hooks"\nDETAIL:  User does not have CONNECT privilege.',
        f"{AT}FATAL:  no such database: hooks",
        f'{AT}FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "anna", database "hooks", no encryption',
        f"{AT}server does not support SSL, but SSL was required",
        f"{AT}SSL error: certificate verify failed",
        f"{AT}SSL error: tlsv1 alert unknown ca",
        f'{AT}could not read certificate file "/home/anna/.postgresql/postgresql.crt"',
        f"{AT}FATAL:  connection requires a valid client certificate",
        f'{AT}FATAL:  pg_hba.conf rejects connection for host "203.0.113.9", user "anna"',
        f"{AT}FATAL:  SSL required",
        "connection is bad: could not look up local user ID 4242: No such file or directory",
        'connection is bad: definition of service "hoooks" not found',
        'connection is bad: service file "/etc/pg_service.conf" not found',
        'connection is bad: invalid sslmode value: "banana"',
    ],
)
def test_what_no_further_attempt_would_change_is_refused(told: str) -> None:
    error = explain(OperationalError(told), ADDRESS)
    assert isinstance(error, LogRefusedError)
    assert error.code == 2
    assert _TRY in (error.hint or "")
    assert "hunter22" not in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    "told",
    [
        f"{AT}Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
        f"{AT}FATAL:  the database system is starting up",
        f"{AT}FATAL:  sorry, too many clients already",
        f"{AT}server closed the connection unexpectedly",
        f"{AT}SSL SYSCALL error: EOF detected",
        "connection timeout expired",
        f"failed to resolve host 'db.example.com': [Errno {socket.EAI_AGAIN}] Temporary failure in name resolution",
    ],
)
def test_what_may_pass_is_waited_for(told: str) -> None:
    error = explain(OperationalError(told), ADDRESS)
    assert type(error) is LogUnavailableError
    assert error.reason == told.partition("\n")[0].removeprefix("connection failed: ")
    assert _TRY in (error.hint or "")


def test_a_host_without_an_address_is_an_error_of_its_own() -> None:
    """Misspelled, or known only to a network that is away: the one is not to be waited for, the other is."""
    told = f"failed to resolve host 'db.exmaple.com': [Errno {socket.EAI_NONAME}] Name or service not known"
    error = explain(OperationalError(told), ADDRESS)
    assert isinstance(error, LogNotFoundError)
    assert error.code == 2


def test_of_several_places_one_that_may_come_back_is_waited_for() -> None:
    """A stand-by that does not let this user in must not end what waits for the primary."""
    refused = OperationalError(f'{AT}FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "anna"')
    down = OperationalError(f"{AT}Connection refused\n\tIs the server running on that host?")
    error = explain(NoPlaceError([refused, down]), ADDRESS)
    assert type(error) is LogUnavailableError
    assert "no pg_hba.conf entry" in error.reason
    assert "Connection refused" in error.reason
    assert isinstance(explain(NoPlaceError([refused, refused]), ADDRESS), LogRefusedError)


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        (f"{AT}FATAL:  sorry, too many clients already", "max_connections"),
        (
            f"{AT}FATAL:  remaining connection slots are reserved for superusers",
            "two connections",
        ),
        (f'{AT}FATAL:  too many connections for role "anna"', "CONNECTION LIMIT"),
        (f"{AT}session is read-only", "default_transaction_read_only"),
        ("transaction blocks not allowed in statement pooling mode", "name the server itself"),
        ('could not extend file "base/5/16412": No space left on device', "space freed"),
    ],
)
def test_what_may_pass_says_what_would_help(told: str, advice: str) -> None:
    error = explain(OperationalError(told), ADDRESS)
    assert type(error) is LogUnavailableError
    assert advice in (error.hint or "")
    assert (error.hint or "").endswith(_TRY)


def test_a_session_without_the_right_to_write_is_an_error_of_its_own() -> None:
    error = explain(errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), ADDRESS)
    assert isinstance(error, LogReadOnlyError)
    assert "default_transaction_read_only" in (error.hint or "")


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("postgresql://db.example.com/hooks?password=hunter22", "psql postgresql://db.example.com/hooks"),
        ("postgresql:///?service=hooks&sslpassword=hunter22", "psql 'postgresql:///?service=hooks'"),
        ("postgresql:///hooks?host=/run/my%20db", "psql 'postgresql:///hooks?host=/run/my%20db'"),
    ],
)
def test_the_command_to_try_leads_to_the_same_place_without_a_secret(url: str, command: str) -> None:
    error = explain(OperationalError(f"{AT}Connection refused"), check_address(url))
    assert (error.hint or "").endswith(f"to try: {command}")
