"""A command loads nothing that it does not need, modules can be loaded in any order, and no merge is half done."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.support.program import Home
from tests.support.slow import slow_rows_after

_SAY_MODULES = """
import atexit, json, sys
atexit.register(lambda: sys.stderr.write("\\n" + json.dumps(sorted(sys.modules))))
"""


def loaded(home: Home, *arguments: str) -> set[str]:
    """Return the modules that a command line has loaded when it ends."""
    code = f"{_SAY_MODULES}\nfrom hookscope.cli import main; main({list(arguments)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    slow_rows_after(
        2,
        [
            (
                ("--version",),
                {
                    *("aiohttp", "asyncio", "sqlite3", "textual", "pyngrok", "subprocess", "platformdirs"),
                    *("hookscope.meta", "hookscope.mcp", "mcp"),
                },
            ),
            (("--help",), {"aiohttp", "asyncio", "sqlite3", "textual", "pyngrok", "hookscope.mcp", "mcp"}),
            (("ls",), {"aiohttp", "textual", "pyngrok"}),
            (("man",), {"textual", "pyngrok"}),
            (("trigger", "--list"), {"aiohttp", "textual", "pyngrok"}),
            (
                ("run", "--sandbox", "--json", "--exit-after", "1"),
                {"textual", "rich", "pyngrok", "yaml", "psycopg", "hookscope.team"},
            ),
        ],
    ),
)
def test_a_command_loads_only_what_it_needs(tmp_path: Path, arguments: tuple[str, ...], unneeded: set[str]) -> None:
    assert not unneeded & loaded(Home(tmp_path / "home"), *arguments)


def test_the_screen_loads_only_what_its_first_picture_needs(tmp_path: Path) -> None:
    code = f"{_SAY_MODULES}\nimport hookscope.tui.process"
    home = Home(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    unneeded = {"aiohttp", "click", "hookscope.outbound", "hookscope.services.export", "textual.widgets._text_area"}
    assert not unneeded & set(json.loads(done.stderr.splitlines()[-1]))


def _name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


class _Imports(ast.NodeVisitor):
    """The names that a module imports while it is loaded or later, and those that it imports for its types alone."""

    def __init__(self, file: Path) -> None:
        self.loaded: set[str] = set()
        self.for_types: set[str] = set()
        self._found = self.loaded
        self.visit(ast.parse(file.read_text("utf-8")))

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            self._found = self.for_types
            for statement in node.body:
                self.visit(statement)
            self._found = self.loaded
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self._found.update(one.name for one in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._found.update(f"{node.module}.{one.name}" for one in node.names)


@pytest.mark.parametrize(
    ("front_end", "others"),
    [
        ("api", ("graph", "journal", "outbound", "cli", "tui")),
        ("cli", ("graph", "journal", "outbound", "api", "tui")),
        ("tui", ("graph", "journal", "outbound", "api", "cli", "mcp")),
        ("mcp", ("graph", "journal", "outbound", "api", "cli", "tui")),
        ("pytest_plugin", ("graph", "journal", "outbound", "api", "cli", "mcp", "tui")),
    ],
)
def test_a_front_end_goes_through_services_and_names_no_other(front_end: str, others: tuple[str, ...]) -> None:
    """The import contracts leave aside what is imported for types alone."""
    forbidden = tuple(f"hookscope.{other}." for other in others)
    files = list((ROOT / "hookscope" / front_end).rglob("*.py"))
    assert files
    named = {str(file): _Imports(file) for file in files}
    everything = {file: found.loaded | found.for_types for file, found in named.items()}
    assert [(file, name) for file, names in everything.items() for name in names if name.startswith(forbidden)] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Such modules can be imported in one order, and in another they cannot; a late import only hides that."""
    files = {_name(file): file for file in (ROOT / "hookscope").rglob("*.py")}

    def module(name: str) -> str:
        return name if name in files else name.rpartition(".")[0]

    needs = {name: set(map(module, _Imports(file).loaded)) & files.keys() for name, file in files.items()}
    assert sum(map(len, needs.values())) > len(files)
    assert len(list(TopologicalSorter(needs).static_order())) == len(files)


_MARK = re.compile(rb"^(?:<{7} |>{7} |\|{7} |={7}\r?$)", re.MULTILINE)
_WRITTEN_BY_HAND = (".ci", ".github", "docs", "findings", "hookscope", "tests")


def _written() -> Iterator[Path]:
    """Return the files that people write: those of the top folder, and all in the folders named."""
    yield from ROOT.iterdir()
    for folder in _WRITTEN_BY_HAND:
        yield from (ROOT / folder).rglob("*")


@pytest.mark.parametrize("mark", [b"<<<<<<< HEAD", b"=======", b"||||||| base", b">>>>>>> topic"])
def test_a_mark_of_a_merge_conflict_is_known(mark: bytes) -> None:
    assert _MARK.search(b"before\n" + mark + b"\nafter\n")


def test_no_file_holds_a_mark_of_a_merge_conflict() -> None:
    files = [file for file in _written() if file.is_file() and file.suffix != ".pyc"]
    assert ROOT / "README.md" in files
    assert [str(file.relative_to(ROOT)) for file in files if _MARK.search(file.read_bytes())] == []
