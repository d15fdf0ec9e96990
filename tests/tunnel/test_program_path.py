"""Which program a name on PATH means."""

import os
from pathlib import Path

import pytest

from hookscope.errors import TunnelError
from hookscope.settings import TunnelSettings
from hookscope.tunnel import registry
from hookscope.tunnel.ngrok_program import find_agent
from hookscope.tunnel.program_path import find_program

_MAIN = "import sys\nfrom pyngrok.ngrok import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
SCRIPTS = {
    "short": f"#!/home/ada/hookscope/.venv/bin/python3\n{_MAIN}",
    "long path": f"#!/bin/sh\n'''exec' \"/home/ada/{'long/' * 400}python3\" \"$0\" \"$@\"\n' '''\n{_MAIN}",
}


def put(file: Path, content: str = "") -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    file.chmod(0o755)
    return file


@pytest.fixture(params=SCRIPTS)
def environment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An active virtual environment, first on PATH, in which pip has put pyngrok's script; another folder follows."""
    script = put(tmp_path / "environment" / "ngrok", SCRIPTS[request.param])
    monkeypatch.setenv("PATH", os.pathsep.join((str(script.parent), "", str(tmp_path / "usual"))))
    return script.parent


@pytest.mark.usefixtures("environment")
def test_the_script_of_pyngrok_is_no_agent(tmp_path: Path) -> None:
    assert find_agent(None) is None
    with pytest.raises(TunnelError, match="none of ngrok, "):
        registry.build(TunnelSettings(name=registry.AUTO), key="a-run", announce=print)
    agent = put(tmp_path / "usual" / "ngrok")
    assert find_agent(None) == agent
    assert registry.build(TunnelSettings(name=registry.AUTO), key="a-run", announce=print).provider == "ngrok"


def test_the_script_that_is_asked_for_is_taken(environment: Path) -> None:
    assert find_agent(environment / "ngrok") == environment / "ngrok"


def test_another_script_is_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("ngrok") is None
    for content in ("#!/usr/bin/env node\n", "\x7fELF from pyngrok.ngrok import main"):
        program = put(tmp_path / "ngrok", content)
        assert find_program("ngrok") == str(program)
