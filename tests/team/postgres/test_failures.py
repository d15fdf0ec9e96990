"""What PostgreSQL's errors mean: the next attempt may fare better, or it would end in the same way."""

import socket

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from psycopg import OperationalError

from hookscope.team.address import check_address
from hookscope.team.log import LogNotFoundError, LogRefusedError, LogUnavailableError
from hookscope.team.postgres.failures import explain

ADDRESS = check_address("postgresql://anna:hunter22@db.example.com:5433/hooks?sslmode=require")
AT = 'connection failed: connection to server at "203.0.113.7", port 5433 failed: '
"""Only psycopg's part of it says twice that it has failed."""


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
        'connection is bad: invalid sslmode value: "banana"',
    ],
)
def test_what_no_further_attempt_would_change_is_refused(told: str) -> None:
    error = explain(OperationalError(told), ADDRESS)
    assert isinstance(error, LogRefusedError)
    assert error.code == 2
    assert "psql postgresql://anna@db.example.com:5433/hooks" in (error.hint or "")
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
    assert "psql postgresql://anna@db.example.com:5433/hooks" in (error.hint or "")


def test_a_host_without_an_address_is_an_error_of_its_own() -> None:
    """Misspelled, or known only to a network that is away: the one is not to be waited for, the other is."""
    told = f"failed to resolve host 'db.exmaple.com': [Errno {socket.EAI_NONAME}] Name or service not known"
    error = explain(OperationalError(told), ADDRESS)
    assert isinstance(error, LogNotFoundError)
    assert error.code == 2
