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
def test_who_types_no_command_is_told_which_was_meant(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([typed])
    assert ended.value.code == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err
