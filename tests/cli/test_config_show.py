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
    monkeypatch.setenv("HOOKSCOPE_FORWARD_TO", "object:page field:feed=>3000\n4000/hook")
    monkeypatch.setenv("HOOKSCOPE_PAGE", "12, 34")
    monkeypatch.setenv("HOOKSCOPE_PORT", "8080")
    monkeypatch.setenv("HOOKSCOPE_SKIP_VERIFY", "off")
    pairs = [tuple(part.strip() for part in line.split("#", 1)) for line in shown(capsys)]
    assert sorted(pairs) == [
        ('forward_to = ["object:page field:feed=>3000", "4000/hook"]', "environment HOOKSCOPE_FORWARD_TO"),
        ("include_values = false", str(project)),
        ('object = ["instagram"]', str(project)),
        ('page = ["12", "34"]', "environment HOOKSCOPE_PAGE"),
        ("port = 8080", "environment HOOKSCOPE_PORT"),
        ("skip_verify = false", "environment HOOKSCOPE_SKIP_VERIFY"),
    ]
    everything = shown(capsys, "--all")
    assert everything[: len(pairs)] == shown(capsys)
    assert any(line.startswith("tunnel = ") and line.endswith("# default") for line in everything)


def test_a_value_that_a_run_would_refuse_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKSCOPE_PORT", "web")
    assert [line.split("#")[0].strip() for line in shown(capsys)] == ['port = "web"']


def test_another_variable_of_an_option_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYNGROK_NGROK_PATH", "/opt/ngrok")
    assert [line.split() for line in shown(capsys)] == [
        ["ngrok_path", "=", '"/opt/ngrok"', "#", "environment", "PYNGROK_NGROK_PATH"]
    ]
    monkeypatch.setenv("HOOKSCOPE_NGROK_PATH", "/usr/bin/ngrok")
    assert [line.split()[2] for line in shown(capsys)] == ['"/usr/bin/ngrok"']


def test_every_secret_that_is_set_is_named_and_none_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("HOOKSCOPE_APP_SECRET", "HOOKSCOPE_EXTRA_SECRETS", "HOOKSCOPE_PAGE_TOKEN", "HOOKSCOPE_USER_TOKEN")
    for name in names:
        monkeypatch.setenv(name, "0123456789abcdef0123")
    with pytest.raises(SystemExit):
        main(["config", "show"])
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == list(names)
    assert "0123456789" not in out


def test_nothing_set_says_how_to_see_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["config", "show"])
    told = capsys.readouterr()
    assert told.out == ""
    assert "hookscope config show --all" in told.err


LOG = "postgresql://anna:hunter22@db.example.com/hooks"


@pytest.mark.parametrize("key", ["from", "header", "verify_token"])
def test_credentials_are_masked(
    key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = {"from": f'"{LOG}"', "header": '["X-Key: hunter22"]', "verify_token": '"hunter22"'}
    wanted = {
        "from": 'from = "postgresql://anna@db.example.com/hooks"',
        "header": 'header = ["X-Key: •••"]',
        "verify_token": 'verify_token = "•••"',
    }
    project = tmp_path / ".hookscope.toml"
    project.write_text(f"{key} = {values[key]}\n")
    project.chmod(0o600)
    assert shown(capsys)[0].partition("#")[0].rstrip() == wanted[key]
    project.unlink()
    if key == "from":
        monkeypatch.setenv("HOOKSCOPE_FROM", f"{LOG}?password=hunter22")
        assert shown(capsys)[0].partition("#")[0].rstrip() == wanted[key]


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("FORWARD_TO", "http://anna:hunter22@localhost:3000", '["http://•••@localhost:3000"]'),
        ("FORWARD_TO", "field:feed=>3000\n3000/?access_token=hunter22", '["field:feed=>3000", "3000/?•••"]'),
        ("FORWARD_TO", "3000/@anna?a=b", '["3000/@anna?a=b"]'),
        ("PUBLIC_URL", "https://anna:hunter22@hooks.example.com", '"https://•••@hooks.example.com"'),
        ("PUBLIC_URL", "https://hooks.example.com/@anna", '"https://hooks.example.com/@anna"'),
        ("GRAPH_URL", "https://anna:hunter22@graph.example", '"https://•••@graph.example"'),
        ("GRAPH_URL", "https://graph.example", '"https://graph.example"'),
        ("HEADER", "Authorization hunter22", '["•••"]'),
    ],
)
def test_an_address_or_header_that_a_run_would_refuse_is_shown_without_credentials(
    variable: str, value: str, wanted: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HOOKSCOPE_{variable}", value)
    assert shown(capsys)[0].split("#")[0].rstrip() == f"{variable.lower()} = {wanted}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
@pytest.mark.parametrize("where", ["project", "user", "chosen"])
@pytest.mark.parametrize("address", [LOG, "postgresql://anna@db.example.com/hooks?password=hunter22"])
def test_a_file_with_a_password_must_be_private(
    mode: int, where: str, address: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = {"project": ".hookscope.toml", "user": "config/hookscope/config.toml", "chosen": "chosen.toml"}
    file = tmp_path / files[where]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'from = "{address}"\n')
    file.chmod(mode)
    arguments = ["--config", str(file)] if where == "chosen" else []
    with pytest.raises(SystemExit) as ended:
        main(["config", "show", *arguments])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "holds a password, in 'from', but others may read it" in told.err
    assert f"chmod 600 {file}" in " ".join(told.err.split())
    assert "hunter22" not in told.out + told.err
    file.chmod(0o600)
    assert shown(capsys, *arguments)


def test_without_a_password_a_file_may_be_read_by_anybody(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = tmp_path / ".hookscope.toml"
    project.write_text('from = "postgresql://anna@db.example.com/hooks"\n')
    project.chmod(0o644)
    assert shown(capsys)[0].startswith('from = "postgresql://anna@db.example.com/hooks"')
