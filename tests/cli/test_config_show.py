"""`hookscope config show`, in this process."""

from pathlib import Path

import pytest

from hookscope.cli.app import main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        main(["config", "show", *arguments])
    assert ended.value.code == 0
    return [line for line in capsys.readouterr().out.splitlines() if not line.startswith("HOOKSCOPE_")]


def test_what_is_set_comes_first_as_a_file_spells_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / ".hookscope.toml"
    project.write_text('object = ["instagram"]\ninclude_values = false\n')
    monkeypatch.setenv("HOOKSCOPE_FORWARD_TO", "3000 4000/hook")
    pairs = [tuple(part.strip() for part in line.split("#", 1)) for line in shown(capsys)]
    assert sorted(pairs) == [
        ('forward_to = ["3000", "4000/hook"]', "environment HOOKSCOPE_FORWARD_TO"),
        ("include_values = false", str(project)),
        ('object = ["instagram"]', str(project)),
    ]
    everything = shown(capsys, "--all")
    assert everything[: len(pairs)] == shown(capsys)
    assert any(line.startswith("tunnel = ") and line.endswith("# default") for line in everything)


def test_nothing_set_says_how_to_see_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["config", "show"])
    told = capsys.readouterr()
    assert told.out == ""
    assert "hookscope config show --all" in told.err
