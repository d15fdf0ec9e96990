"""Secrets from files and from stdin, and what is said about those that are none."""

import io
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from hookscope.cli.secrets import read_access_tokens, read_secrets, secret_option, token_options
from hookscope.errors import UsageError

VARIABLES = ("HOOKSCOPE_APP_SECRET", "HOOKSCOPE_PAGE_TOKEN", "HOOKSCOPE_USER_TOKEN")
FILES = ("app_secret_file", "page_token_file", "user_token_file")


@pytest.fixture(autouse=True)
def _no_other_source(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
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


def test_a_byte_order_mark_is_no_part_of_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef\n", "utf-8-sig")
    secret = read_secrets(str(file)).app_secret
    assert secret
    assert secret.reveal() == "0123456789abcdef"


def test_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n")
    with pytest.raises(UsageError, match=f"^the app secret from {file} is empty or not a secret"):
        read_secrets(str(file))


@pytest.mark.parametrize(
    ("is_typed", "is_set", "expected"), [(False, True, "environment"), (True, True, "file"), (False, False, "file")]
)
def test_the_environment_comes_between_the_command_line_and_a_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_typed: bool, is_set: bool, expected: str
) -> None:
    found: list[Any] = []
    redacted: list[str] = []
    written = [f"from-the-file-0123-{name}" for name in FILES]

    @click.command()
    @secret_option("")
    @token_options
    def command(**given: Any) -> None:
        secrets = read_secrets(given["app_secret_file"])
        read_access_tokens(secrets, given)
        found.extend((secrets.app_secret, secrets.page_token, secrets.user_token))
        redacted.append(secrets.redact(" ".join(written)))

    for name, variable, text in zip(FILES, VARIABLES, written, strict=True):
        (tmp_path / name).write_text(text)
        if is_set:
            monkeypatch.setenv(variable, f"from-the-environment-{name}")
    files = {name: str(tmp_path / name) for name in FILES}
    typed = [f"--{name.replace('_', '-')}={file}" for name, file in files.items()] if is_typed else []
    command.main(typed, default_map=files, standalone_mode=False)
    assert all(f"from-the-{expected}" in one.reveal() for one in found)
    assert len(found) == 3
    assert redacted == ["••• ••• •••"]


def test_stdin_is_left_alone_where_the_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    @secret_option("")
    def command(**given: Any) -> None:
        read_secrets(given["app_secret_file"])

    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "0123456789abcdef")
    monkeypatch.setattr("sys.stdin", io.StringIO("what else is read\n"))
    command.main([], default_map={"app_secret_file": "-"}, standalone_mode=False)
    assert sys.stdin.read() == "what else is read\n"


@pytest.mark.parametrize("variable", ["HOOKSCOPE_PAGE_TOKEN", "HOOKSCOPE_USER_TOKEN"])
@pytest.mark.parametrize("token", ["two words", "EAA\x07"])
def test_a_token_in_the_environment_that_is_none_is_refused_and_not_repeated(
    variable: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, token)
    with pytest.raises(UsageError, match=f"^the access token in {variable} is empty or invalid") as caught:
        read_access_tokens(read_secrets(None), dict.fromkeys(FILES))
    assert token not in f"{caught.value.message} {caught.value.hint}"
