"""Secrets from files and from stdin, and what is said about those that are none."""

import io
from pathlib import Path

import pytest

from hookscope.cli.secrets import read_access_tokens, read_secrets
from hookscope.errors import UsageError


@pytest.fixture(autouse=True)
def _no_other_source(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOOKSCOPE_APP_SECRET", "HOOKSCOPE_PAGE_TOKEN", "HOOKSCOPE_USER_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("typed", ["", "\n", "two words\n"])
def test_stdin_is_named_as_such(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(UsageError, match=r"^the app secret from stdin is empty or not a secret"):
        read_secrets("-")
    secrets, given = read_secrets(None), {"page_token_file": "-", "user_token_file": None}
    with pytest.raises(UsageError, match=r"^the access token from stdin is empty or invalid"):
        read_access_tokens(secrets, given)


def test_bytes_on_stdin_that_are_no_text_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), "utf-8"))
    with pytest.raises(UsageError, match=r"^the app secret cannot be read from stdin: it is not UTF-8"):
        read_secrets("-")


def test_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n")
    with pytest.raises(UsageError, match=f"^the app secret from {file} is empty or not a secret"):
        read_secrets(str(file))
