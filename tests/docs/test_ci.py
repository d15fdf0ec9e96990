"""The page about containers and CI, its examples, and the Dockerfile: every command is one that the program takes."""

import json
import re
from importlib import import_module
from typing import Any

import pytest

from tests.docs.pages import ROOT, Page
from tests.docs.test_blocks import check, command_lines

yaml: Any = import_module("yaml")
"""It comes with pyngrok, without types."""

COMPOSE = yaml.safe_load((ROOT / "examples/compose.yaml").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / "examples/github-workflow.yaml").read_text("utf-8"))
BESIDE_THE_APP = [service for name, service in COMPOSE["services"].items() if name != "app"]
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()
    if line.strip() and not line.startswith("#")
]


def of(name: str) -> list[str]:
    """Return the texts of an instruction of the Dockerfile."""
    return [text for found, text in INSTRUCTIONS if found == name]


@pytest.mark.parametrize("service", BESIDE_THE_APP, ids=lambda one: " ".join(one["command"]))
def test_a_service_starts_a_command_that_exists(service: dict[str, Any]) -> None:
    check(service["command"])
    assert service["build"] == "https://github.com/hookscope/hookscope.git"


def test_everything_beside_the_app_shares_its_loopback() -> None:
    assert {service["network_mode"] for service in BESIDE_THE_APP} == {"service:app"}


def test_the_steps_of_the_workflow_call_commands_that_exist() -> None:
    scripts = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]
    called = [arguments for script in scripts for arguments in command_lines(script)]
    assert {arguments[0] for arguments in called} == {"check", "run", "ls"}
    for arguments in called:
        check(arguments)


def test_the_page_shows_the_examples() -> None:
    shown = [block.text for block in Page("docs/ci.md").blocks if block.language == "yaml"]
    assert [yaml.safe_load(text) for text in shown] == [WORKFLOW, COMPOSE]


def test_the_image_starts_a_command_as_a_user_without_rights() -> None:
    assert json.loads(of("ENTRYPOINT")[0]) == ["hookscope"]
    check(json.loads(of("CMD")[0]))
    assert of("USER") == ["10001:10001"]
    assert of("VOLUME") == [dict(text.split("=") for text in of("ENV"))["XDG_STATE_HOME"]]


def test_the_image_copies_only_what_is_packed() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert kept == {source for text in of("COPY") for source in text.split()[:-1]}
    assert all((ROOT / source).exists() for source in kept)
