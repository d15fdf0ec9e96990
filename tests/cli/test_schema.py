"""`hookscope schema`."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from hookscope.cli.app import main
from hookscope.cli.config_keys import KEYS
from hookscope.cli.schema import settings
from tests.support.application import Application
from tests.support.program import Home, call


@pytest.mark.parametrize("name", ["stream", "capture", "fixture", "settings"])
def test_a_schema_is_printed_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["schema", name])
    assert ended.value.code == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_every_key_of_the_settings_is_described_in_both_spellings() -> None:
    assert set(settings()["properties"]) == {"keys", *KEYS, *(name.replace("_", "-") for name in KEYS)}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('app-id = 12\nfields = ["feed", "messages"]\nforward_to = "3000"\nport = 8080\nkeep = true', True),
        ('output = "plain"\nmax_connections = 8', True),
        ('outptu = "plain"', False),
        ('output = "html"', False),
        ('keep = "yes"', False),
        ("port = true", False),
    ],
)
def test_settings_fit_as_the_program_takes_them(text: str, fits: bool) -> None:
    validator = Draft202012Validator(settings())
    if fits:
        validator.validate(tomllib.loads(text))
    else:
        with pytest.raises(ValidationError):
            validator.validate(tomllib.loads(text))


@pytest.mark.slow
async def test_the_output_of_a_run_fits_its_schema(tmp_path: Path) -> None:
    done = await call(Home(tmp_path), "run", "--sandbox", "--output", "json", "--exit-after", "2")
    assert done.code == 0, done.stderr
    printed = await call(Home(tmp_path / "other"), "schema", "stream")
    validator = Draft202012Validator(json.loads(printed.stdout))
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    for line in done.stdout.splitlines():
        validator.validate(json.loads(line))
    assert {"receiver.listening", "subscription.active", "capture", "stopped"} <= set(kinds)


@pytest.mark.slow
@pytest.mark.parametrize("command", [("replay", "last"), ("trigger", "page.feed.comment", "--count", "2")])
async def test_the_output_of_a_replay_and_a_trigger_fits_the_schema_of_the_stream(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    home, app = Home(tmp_path), {"HOOKSCOPE_APP_SECRET": "s" * 32}
    async with Application() as target:
        kept = await call(home, "trigger", "page.feed.comment", "--to", target.url, environment=app)
        assert kept.code == 0, kept.stderr
        done = await call(home, *command, "--to", target.url, "--json", environment=app)
        unanswered = await call(home, *command, "--to", "http://127.0.0.1:1", "--json", environment=app)
    assert (done.code, unanswered.code) == (0, 8)
    printed = await call(home, "schema", "stream")
    validator = Draft202012Validator(json.loads(printed.stdout))
    for lines in (done.objects, unanswered.objects):
        for line in lines:
            validator.validate(line)
        assert [lines[0]["type"], lines[-1]["type"]] == ["delivery", "summary"]
