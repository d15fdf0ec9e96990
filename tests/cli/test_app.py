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
    ("arguments", "told"),
    [
        (["doctor", "--url", "foo"], "'foo' is not https"),
        (["doctor", "--app-id", "1", "--object", "pagee"], "did you mean 'page'?"),
        (["doctor", "--app-id", "abc"], "'abc' is not an app id"),
        (["run", "--sandbox", "--object", "pages"], "did you mean 'page'?"),
        (["subscriptions", "remove", "--app-id", "1", "--object", "pages"], "did you mean 'page'?"),
        (["subscriptions", "remove", "--app-id", "1", "--object", "page", "--fields", ""], "such as --fields feed"),
        (["pages", "unsubscribe", "--app-id", "1", "4444", "--fields", " ,"], "such as --fields feed"),
        (["run", "--sandbox", "--fields", ""], "such as --fields feed"),
        (["relay", "--app-id", "1", "--to", "postgresql://relay@127.0.0.1:1/hooks"], "give it with --public-url"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "0" * 32)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


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
