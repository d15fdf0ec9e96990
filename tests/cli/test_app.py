import os

import pytest

from hookscope.cli.app import main


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("runn", "run"),
        ("show", "captures show"),
        ("list", "captures list"),
        ("add", "subscriptions add"),
        ("path", "config path"),
    ],
)
def test_an_unknown_command_gets_the_nearest_name(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([typed])
    assert ended.value.code == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--sandbox", "--verify-token"],
        ["run", "--sandbox", "--fields"],
        ["run", "--sandbox", "--app-id"],
        ["captures", "list", "--filter"],
        ["captures", "note", "1"],
        ["teardown", "--app-id"],
    ],
)
def test_bytes_that_are_no_text_are_refused_before_anything_is_done(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, os.fsdecode(b"a\xff")])
    assert ended.value.code == 2
    assert r"'a\udcff' is not valid UTF-8" in capsys.readouterr().err
