"""Addresses of shared logs, and the passwords in them."""

import pytest
from rich.pretty import pretty_repr

from hookscope.errors import UsageError
from hookscope.team.address import check_address

_PASSWORDS = [
    "postgresql://anna:s3cret@db/hooks",
    "postgres://anna:s3cret@db,other:5433/hooks",
    "postgresql://:s3cret@db/hooks",
    "postgresql://anna:s3?cret@db/hooks",
    "postgresql://anna@db/hooks?password=s3cret",
    "postgresql://anna@db/hooks?sslmode=require&pass%77ord=s3cret",
    "postgresql://anna@db/hooks?sslpassword=s3cret",
]


@pytest.mark.parametrize("url", _PASSWORDS)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="command line") as refused:
        check_address(url, on_command_line=True)
    assert "s3" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("url", _PASSWORDS)
def test_a_password_is_never_shown(url: str) -> None:
    address = check_address(url)
    assert address.url == url
    assert "s3" not in f"{address} {address!r} {pretty_repr(address)}"


@pytest.mark.parametrize("password", ["s3@cret", "s3/cret", "s3?c/ret"])
def test_a_password_that_must_be_escaped_is_refused_and_not_repeated(password: str) -> None:
    """PostgreSQL's client takes a part of it for the host or the port, and says so in errors."""
    with pytest.raises(UsageError, match="an '@' or a '/' in its user name or password") as refused:
        check_address(f"postgresql://anna:{password}@db/hooks")
    assert "s3" not in f"{refused.value} {refused.value.hint}"
    assert "%40" in (refused.value.hint or "")


def test_an_address_is_shown_without_its_options() -> None:
    address = check_address("postgresql://anna@[::1]:5433/hooks?host=@socket", log="team_2", on_command_line=True)
    assert (str(address), address.log) == ("postgresql://anna@[::1]:5433/hooks", "team_2")


@pytest.mark.parametrize("url", ["", "db.example.com", "http://db/hooks", "redis://db", "postgresql://d b/", "\x1b[2J"])
def test_no_address_of_a_log_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        check_address(url)


@pytest.mark.parametrize("log", ["", "Team", "pg_log", "a b", "1", 'x"; DROP', "x" * 49])
def test_no_name_of_a_log_is_refused(log: str) -> None:
    with pytest.raises(UsageError, match="name of a log"):
        check_address("postgresql://db/hooks", log=log)
