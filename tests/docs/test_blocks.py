"""Every block of the documents is one that the program takes: commands, settings, JSON."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import pytest

from hookscope import settings
from hookscope.cli import config
from hookscope.cli.app import cli
from hookscope.filter import parse, parse_on_arrival
from tests.docs.pages import PAGES, Block, Page

BLOCKS = [block for page in PAGES for block in page.blocks]
JOINTS = {"&&", "||", ";", "|", ">"}
ASSIGNMENT = re.compile(r"[A-Z_]+=")
PROGRAM = re.compile(r"[\w./~][\w./-]*")
PLACEHOLDER = "…"
RUNNERS = {"claude", "docker", "pipx", "uvx"}
"""Programs that take `hookscope` as an argument."""


def of(*languages: str) -> list[Block]:
    """Return the blocks in these languages."""
    return [block for block in BLOCKS if block.language in languages]


def command_lines(text: str) -> Iterator[list[str]]:
    """Return the arguments of each `hookscope` in a text of shell commands."""
    for line in text.replace("\\\n", " ").splitlines():
        for substituted in re.findall(r"\$\(([^)]*)\)", line):
            yield from command_lines(substituted)
        words = shlex.split(re.sub(r"\$\([^)]*\)", "", line), comments=True)
        for is_joint, group in groupby(words, JOINTS.__contains__):
            part = [] if is_joint else list(group)
            while part and ASSIGNMENT.match(part[0]):
                part.pop(0)
            if part and Path(part[0]).name == "hookscope":
                yield part[1:]


def parsed(arguments: list[str]) -> tuple[click.Context, dict[str, object]]:
    """Return the command that the arguments name, and its parameters. Raises click's UsageError; nothing is run."""
    command: click.Command = cli
    context = click.Context(cli, info_name="hookscope")
    while isinstance(command, click.Group):
        _, arguments, _ = command.make_parser(context).parse_args(list(arguments))
        if not arguments:  # A text may name a group.
            return context, {}
        _, inner, arguments = command.resolve_command(context, arguments)
        assert inner is not None
        command, context = inner, click.Context(inner, info_name=inner.name, parent=context)
    given, rest, order = command.make_parser(context).parse_args(list(arguments))
    assert not rest, rest
    named = {one.name or "": one for one in order if isinstance(given.get(one.name or ""), str | int | list | tuple)}
    for name, parameter in named.items():
        if PLACEHOLDER not in str(given[name]):
            given[name] = parameter.type_cast_value(context, given[name])
    return context, {name: given[name] for name in named}


def in_text(page: Page) -> Iterator[list[str]]:
    """Return the commands within a page's text."""
    for code in page.code:
        if code.startswith("hookscope ") and PLACEHOLDER not in code and "|" not in code:
            yield from command_lines(code)


def check(arguments: list[str]) -> None:
    """Raise unless the program takes the arguments, and their filters and routes."""
    if not arguments or arguments == ["--version"]:
        return
    context, given = parsed(arguments)
    for name, read in (("wanted", parse), ("expect", parse_on_arrival)):
        if given.get(name):
            read(str(given[name]))
    for route in given.get("forward_to") or ():  # type: ignore[attr-defined]
        if found := settings.check_route(route).filter:
            parse_on_arrival(found)
    missing = [one.name for one in context.command.params if one.required and given.get(one.name or "") in (None, ())]
    assert not missing


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.page)
def test_no_comment_runs_on_into_the_line_of_a_command(block: Block) -> None:
    for line in block.text.replace("\\\n", " ").splitlines():
        for is_joint, group in groupby(shlex.split(line, comments=True), JOINTS.__contains__):
            program, *arguments = group
            assert is_joint or "hookscope" not in arguments or program in RUNNERS, line
            assert is_joint or ASSIGNMENT.match(program) or PROGRAM.fullmatch(program), line


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.page)
def test_commands_in_blocks_are_taken(block: Block) -> None:
    for arguments in command_lines(block.text):
        check(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_text_are_taken(page: Page) -> None:
    for arguments in in_text(page):
        parsed(arguments)


@pytest.mark.parametrize("arguments", [["rum"], ["run", "--fieldz", "feed"], ["ls", "--limit", "many"]])
def test_a_command_that_does_not_exist_is_found_out(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        check(arguments)


@pytest.mark.parametrize("block", of("toml"), ids=lambda block: block.page)
def test_settings_files_are_read(block: Block, tmp_path: Path) -> None:
    file = tmp_path / ".hookscope.toml"
    file.write_text(block.text, "utf-8")
    read = config.read(file)
    assert read.values or read.keys
    assert not read.risks


@pytest.mark.parametrize("block", of("json"), ids=lambda block: block.page)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


def test_blocks_say_what_they_are() -> None:
    assert {block.language for block in BLOCKS} <= {"sh", "sql", "toml", "json", "text", "python", "yaml", "ini"}
