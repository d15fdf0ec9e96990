"""The manual page has all that the help has, and is roff that a formatter takes."""

import shutil
import subprocess

import click
import pytest

from hookscope.cli.app import cli
from hookscope.cli.man_page import page
from tests.docs.test_references import commands, options


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(page(click.Context(cli, info_name="hookscope")))


def test_every_command_and_option_is_there(lines: list[str]) -> None:
    text = "\n".join(lines).replace(r"\-", "-")
    inner = [command for command in commands() if not isinstance(command, click.Group)]
    assert [name for command in inner if (name := f" {command.name} ") not in text] == []
    assert [name for name in sorted(options(*commands())) if name not in text] == []
    for variable in ("HOOKSCOPE_FORWARD_TO", "PYNGROK_NGROK_PATH", "HOOKSCOPE_APP_SECRET", "NO_COLOR"):
        assert f"\n\\fB{variable}\\fR\n" in text
    assert '"hookscope relay [OPTIONS] [init|status|trim]"' in text
    assert "--retain SPAN" in text
    assert "\n.TP\n\\fB9\\fR\n" in text


def test_it_is_printed(capsys: pytest.CaptureFixture[str], lines: list[str]) -> None:
    cli.main(["man"], prog_name="hookscope", standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == lines


def test_no_text_is_taken_for_a_request(lines: list[str]) -> None:
    requests = {".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi", ".B"}
    assert {line.split()[0] for line in lines if line.startswith((".", "'"))} <= requests


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_has_nothing_to_say_about_it(lines: list[str]) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"], input="\n".join(lines), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "hookscope" in done.stdout
