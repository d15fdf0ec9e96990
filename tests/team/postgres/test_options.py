"""Connections to other machines are verified, unless somebody has chosen otherwise."""

from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from hookscope.team.address import check_address
from hookscope.team.log import LogRefusedError
from hookscope.team.postgres.options import options_of


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE", "PGSERVICEFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def _sslmode(url: str) -> str | None:
    return options_of(check_address(url), writes=False).get("sslmode")


@pytest.mark.parametrize("host", ["db.example.com", "203.0.113.9", "[2001:db8::1]", "localhost,db.example.com"])
def test_another_machine_must_prove_who_it_is(host: str) -> None:
    options = options_of(check_address(f"postgresql://anna@{host}/hooks"), writes=False)
    assert options["sslmode"] == "verify-full"
    assert options["sslrootcert"]


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1:5433", "[::1]", "%2Fvar%2Frun%2Fpostgresql"])
def test_this_machine_need_not(host: str) -> None:
    assert _sslmode(f"postgresql://anna@{host}/hooks") is None


def test_the_mode_in_the_address_or_the_environment_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _sslmode("postgresql://anna@db.example.com/hooks?sslmode=require") == "require"
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert _sslmode("postgresql://anna@db.example.com/hooks") is None
    monkeypatch.delenv("PGSSLMODE")
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert _sslmode("postgresql:///hooks") == "verify-full"


@pytest.mark.parametrize("given", ["postgresql:///?service=hooks", "PGSERVICE"])
@pytest.mark.parametrize(("more", "expected"), [("", "verify-full"), ("sslmode=require", None)])
def test_a_host_from_a_service_file_must_prove_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, more: str, expected: str | None
) -> None:
    """And psycopg looks up its name; libpq would do it itself, while everything else waits."""
    (tmp_path / "services").write_text(f"[hooks]\nhost=db.example.com\nport=5433\n{more}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    if given == "PGSERVICE":
        monkeypatch.setenv("PGSERVICE", "hooks")
    options = options_of(check_address(given if "://" in given else "postgresql:///"), writes=False)
    assert options.get("sslmode") == expected
    assert (options["host"], options["port"]) == ("db.example.com", "5433")


@pytest.mark.parametrize(
    ("query", "variable"), [("?hostaddr=203.0.113.9", ""), ("", "203.0.113.9"), ("?host=localhost", "203.0.113.9")]
)
def test_an_address_beside_the_name_of_this_machine_must_prove_who_it_is(
    monkeypatch: pytest.MonkeyPatch, query: str, variable: str
) -> None:
    monkeypatch.setenv("PGHOSTADDR", variable)
    assert _sslmode(f"postgresql://anna@/hooks{query}") == "verify-full"


def test_roots_of_ones_own_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert "sslrootcert" not in options_of(check_address("postgresql://db.example.com/hooks"), writes=False)


def test_a_writer_takes_the_host_that_can_be_written_to() -> None:
    address = check_address("postgresql://one,two/hooks")
    assert options_of(address, writes=True)["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in options_of(address, writes=False)


def test_an_address_that_libpq_does_not_understand_is_refused_and_not_repeated() -> None:
    with pytest.raises(LogRefusedError, match="does not understand") as refused:
        options_of(check_address("postgresql://anna:s3cret@db/hooks?nonsense=1"), writes=False)
    assert "s3cret" not in f"{refused.value} {refused.value.__cause__}"
