"""Completion in shells: ids, filters, and samples, and that it is quick and never fails aloud."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class

from hookscope.cli.completion import _word_start
from hookscope.journal.writer import JournalWriter
from hookscope.model.capture_id import EventRef
from hookscope.services import captures
from tests.support.captures import feed_body, make_capture
from tests.support.processes import ROOT
from tests.support.program import Home


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    """Return a home with a journal of 12 captures, of which the first is marked."""
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        for number in range(12):
            await journal.append(make_capture(feed_body(f"number {number}\x1b[31m\nplain,13")))
    captures.mark(home.journal, [EventRef(1)], marked=True)
    return home


def complete(home: Home, line: str) -> list[str]:
    """Return what Bash would offer at the end of a line, by the program's own script."""
    launch = f'exec {sys.executable} -m hookscope "$@"'
    program = home.work / "hookscope"
    program.write_text(f"#!/bin/sh\n{launch}\n")
    program.chmod(0o755)
    environment = {**home.environment, "PATH": f"{home.work}{os.pathsep}{os.environ['PATH']}"}
    code = f"""
        eval "$(hookscope completion bash)"
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
        _hookscope_completion hookscope
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", code], env=environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def ask(home: Home, shell: str, *words: str) -> tuple[list[str], set[str]]:
    """Return what the program answers to a shell's script, and the modules that it has loaded."""
    code = (
        "import atexit, json, sys; atexit.register(lambda: sys.stderr.write(json.dumps(sorted(sys.modules))));"
        "from hookscope.cli import main; main()"
    )
    asked = {
        "_HOOKSCOPE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": shlex.join(["hookscope", *words]),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
        "COMP_TYPED": shlex.join(["hookscope", *words]),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**home.environment, **asked},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.splitlines(), set(json.loads(done.stderr))


def test_bash_completes_a_filter_behind_a_colon(home: Home) -> None:
    assert complete(home, "hookscope ls --filter field:fee") == ["feed"]  # Bash has kept `field:`.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("hookscope replay 1", ["12", "11", "10", "1"]),
        ("hookscope captures mark --unmark ", ["last", "1"]),
        ("hookscope ls --filter 'not kind:n", ["not kind:notification"]),
        ("hookscope ls --filter='sig:m", ["sig:missing"]),
        ("hookscope run --expect=is:b", ["batch"]),
        ("hookscope trigger page.feed.reaction_h", ["page.feed.reaction_haha"]),
        ("hookscope --journal none.db replay 1", []),
        ("hookscope captures sh", ["show"]),
    ],
)
def test_bash_completes(home: Home, line: str, offered: list[str]) -> None:
    assert complete(home, line) == offered


def test_a_line_about_each_capture_is_one_line_and_safe(home: Home) -> None:
    answer, loaded = ask(home, "fish", "replay", "12")
    (only,) = answer
    assert only.startswith("plain,12\t")
    assert "number 11␛[31m plain" in only
    assert not loaded & {"aiohttp", "textual", "pyngrok"}


@pytest.mark.parametrize(
    ("line", "start"),
    [("hookscope ls ", 13), ("hookscope ls --f", 13), ("hookscope ls 'a b", 13), ('x "a \' b" c', 10), ("", 0)],
)
def test_the_last_word_begins_after_a_blank_outside_of_quotes(line: str, start: int) -> None:
    assert _word_start(line) == start


def test_fish_keeps_what_follows_a_comma() -> None:
    found = get_completion_class("fish")
    assert found
    assert 'string split --max 1 "," $completion' in found(click.Command("x"), {}, "hookscope", "X").source()
