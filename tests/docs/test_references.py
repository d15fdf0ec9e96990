"""The documents name only existing links, options, environment variables, codes, and fields of the stream."""

import re
import tomllib
from functools import cache
from pathlib import Path

import click
import pytest

from hookscope.cli.app import cli
from hookscope.cli.common import variables_of
from hookscope.cli.config_keys import KEYS
from hookscope.diagnosis.doctor.registry import CHECKS
from hookscope.errors import ExitCode
from hookscope.formats.importers.registry import IMPORTERS
from hookscope.meta import catalog
from hookscope.model.record import Source
from hookscope.model.run_events import Ending
from hookscope.tunnel.registry import PROVIDERS
from tests.docs.pages import PAGES, ROOT, Page, code_in

OTHERS_OPTIONS = {
    "--build-arg",
    "--fault-minutes",
    "--fault-runs",
    "--fault-seed",
    "--pooling-enabled",
    "--seconds",
    "--strict",
}
"""Options of other programs that the documents name."""

VARIABLE = re.compile(r"\b(?:PY)?(?:HOOKSCOPE|NGROK)_[A-Z_]+\b")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SOURCE = re.compile(r"[\w./]+\.(?:py|json|md|toml)|[\w.]+/[\w./]*")
FOLDERS = (ROOT, ROOT / "tests", ROOT / "hookscope", ROOT / "hookscope/meta/summaries")
"""The folders of files that are named by the end of their path."""
README = Page("README.md")
FRONT_PAGE_WORDS = 900


def commands(command: click.Command = cli, context: click.Context | None = None) -> list[click.Command]:
    """Return every command of the program."""
    if not isinstance(command, click.Group):
        return [command]
    context = click.Context(command, parent=context)
    inner = filter(None, (command.get_command(context, name) for name in command.list_commands(context)))
    return [command, *(one for found in inner for one in commands(found, context))]


def options(*of: click.Command) -> set[str]:
    """Return the names of the options that help shows."""
    shown = (one for command in of for one in command.params if isinstance(one, click.Option) and not one.hidden)
    return {name for one in shown for name in (*one.opts, *one.secondary_opts)}


@cache
def variables() -> set[str]:
    """Return the environment variables that the program's source names."""
    source = "".join(file.read_text("utf-8") for file in Path(ROOT / "hookscope").rglob("*.py"))
    return set(VARIABLE.findall(source))


def run_command() -> click.Command:
    """`hookscope run`."""
    return next(command for command in commands() if command.name == "run")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    for link in [*page.links, *page.images]:
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page.name).parent / name if name else ROOT / page.name
        assert target.is_file(), link
        if anchor:
            assert anchor in Page(str(target.resolve().relative_to(ROOT))).anchors, link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_that_are_named_exist(page: Page) -> None:
    named = {name for code in page.code for name in OPTION.findall(code)}
    assert named <= options(*commands()) | {"--help", "--version"} | OTHERS_OPTIONS


def test_the_help_of_an_option_names_the_variables_that_it_reads() -> None:
    shown = [
        one for command in commands() for one in command.params if isinstance(one, click.Option) and not one.hidden
    ]
    assert [one.opts for one in shown if one.envvar and not one.show_envvar] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_variables_that_are_named_are_read(page: Page) -> None:
    assert set(VARIABLE.findall(page.text)) <= variables()


def test_the_settings_page_has_every_option_of_run_and_its_variable() -> None:
    listed = {name: row[1] for row in Page("docs/settings.md").rows("option") for name in code_in(row[0])}
    shown = [one for one in run_command().params if isinstance(one, click.Option) and not one.hidden]
    known = {
        name: ", ".join(f"`{variable}`" for variable in variables_of(one)) or "–"
        for one in shown
        for name in (*one.opts, *one.secondary_opts)
        if one.name != "help"
    }
    assert listed == known


def test_the_settings_page_names_what_no_file_can_set() -> None:
    (sentence,) = re.findall(r"A file cannot set ([^.]*)\.", Page("docs/settings.md").prose)
    shown = [one for one in run_command().params if isinstance(one, click.Option) and not one.hidden]
    names = {f"--{one.name.replace('_', '-')}" for one in shown if one.name and one.name not in {*KEYS, "help"}}
    assert set(code_in(sentence)) == {name.replace("--as-json", "--json") for name in names}


def test_keys_that_other_commands_take_are_named() -> None:
    (sentence,) = re.findall(r"Other commands take ([^.]*) from", Page("docs/settings.md").prose)
    assert set(code_in(sentence)) == {name for name, key in KEYS.items() if key.is_shared}


def test_exit_codes_are_those_of_the_program() -> None:
    assert [int(row[0]) for row in Page("docs/scripting.md").rows("code")] == list(ExitCode)


def test_the_doctors_checks_are_those_of_its_registry() -> None:
    listed = [code_in(row[0])[0] for row in Page("docs/doctor.md").rows("check")]
    assert listed == [check.id for check in CHECKS]


def test_types_of_the_stream_are_those_of_the_program() -> None:
    source = (ROOT / "hookscope/formats/event_stream.py").read_text("utf-8")
    endings = {f"{what}.{ending}" for what in ("subscription", "page") for ending in Ending}
    written = set(re.findall(r'return "([a-z.]+)",', source)) | endings
    assert {code_in(row[0])[0] for row in Page("docs/scripting.md").rows("`type`")} == written


def test_sources_of_captures_are_those_of_the_program() -> None:
    (sentence,) = re.findall(r"- `source` is ([^.]*)\.", Page("docs/scripting.md").prose)
    assert set(code_in(sentence)) == set(Source)


def test_formats_of_an_export_are_those_of_the_program() -> None:
    (command,) = [command for command in commands() if command.name == "export"]
    (form,) = [one for one in command.params if "--format" in one.opts]
    assert isinstance(form.type, click.Choice)
    assert [code_in(row[0])[0] for row in Page("docs/captures.md").rows("`--format`")] == list(form.type.choices)


def test_formats_of_an_import_are_those_of_the_program() -> None:
    assert [code_in(row[0])[0] for row in Page("docs/captures.md").rows("format")] == list(IMPORTERS)


def test_tunnels_are_those_of_the_program() -> None:
    assert [code_in(row[0])[0] for row in Page("docs/tunnels.md").rows("`--tunnel`")] == list(PROVIDERS)


def test_objects_that_are_named_exist() -> None:
    named = re.findall(r"`--object (\w+)`", "".join(page.prose for page in PAGES))
    assert set(named) <= set(catalog.OBJECTS)


def test_the_front_page_is_short() -> None:
    assert len(README.text.split()) <= FRONT_PAGE_WORDS


def test_the_front_page_begins_with_two_commands_to_copy() -> None:
    first, second = (block.text for block in README.blocks[:2])
    assert first == "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/hookscope run --sandbox\n"
    install, test = ".venv/bin/pip install -q '.[test]'", ".venv/bin/python -m pytest -q -n auto"
    assert second == f"python3 -m venv .venv && {install} && {test}\n"


def contract_layers() -> list[set[str]]:
    """Return the layers of the import contract, from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (layers,) = (one["layers"] for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    return [{name.strip().removeprefix("hookscope.") for name in layer.split("|")} for layer in layers]


def test_the_layers_are_those_of_the_import_contract() -> None:
    assert [set(code_in(row[0])) for row in Page("ARCHITECTURE.md").rows("layer")] == contract_layers()


def test_the_layers_leave_no_module_out() -> None:
    top = {
        file.stem for file in (ROOT / "hookscope").iterdir() if file.suffix == ".py" or (file / "__init__.py").exists()
    }
    assert top - {"__init__", "__main__"} == set().union(*contract_layers())


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/sandbox.md"])
def test_files_that_are_named_exist(name: str) -> None:
    named = {code for code in Page(name).code if SOURCE.fullmatch(code) and "NAME" not in code}
    missing = {code for code in named if not any((folder / code).exists() for folder in FOLDERS)}
    assert not missing


def test_interfaces_named_for_contributors_exist() -> None:
    source = {file: file.read_text("utf-8") for file in (ROOT / "hookscope").rglob("*.py")}
    for name in (
        "Tunnel",
        "ProgramTunnel",
        "Provider",
        "ExporterSpec",
        "EXPORTERS",
        "ImporterSpec",
        "IMPORTERS",
        "PROVIDERS",
        "FAMILY",
        "SUMMARIES",
    ):
        assert f"`{name}`" in Page("CONTRIBUTING.md").text
        assert any(re.search(rf"^(class )?{name}\b", text, re.MULTILINE) for text in source.values()), name


def test_keys_refused_from_an_untrusted_project_file_are_listed() -> None:
    listed = {code for row in Page("SECURITY.md").rows("key") for code in code_in(row[0])}
    harmless = {name for name, key in KEYS.items() if key.risk.__name__ == "_harmless"}
    assert listed == set(KEYS) - harmless
