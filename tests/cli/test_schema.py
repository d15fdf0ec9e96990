"""`hookscope schema`."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from hookscope.cli.app import main
from hookscope.cli.config_keys import KEYS
from hookscope.cli.schema import settings
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
