"""The examples of docs/testing.md run as they stand, each as a test file in a session of its own."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from hookscope.formats import event_stream
from hookscope.model.run_events import Captured
from tests.docs.pages import Block, Page
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.processes import ROOT
from tests.support.slow import slow_after

BLOCKS = [block for block in Page("docs/testing.md").blocks if block.language == "python"]
PLUGINS = ("hookscope.pytest_plugin", "pytest_asyncio.plugin", "pytest_aiohttp.plugin")


def imported(block: Block) -> Iterator[str]:
    """Return the packages that an example imports."""
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def name_of(block: Block) -> str:
    """Return the framework of an example."""
    return next((name for name in imported(block) if name not in ("pytest", "hookscope")), "replay")


@pytest.mark.parametrize("block", slow_after(2, BLOCKS), ids=name_of)
def test_an_example_passes(block: Block, tmp_path: Path) -> None:
    missing = sorted({name for name in imported(block) if not find_spec(name)})
    if missing:
        pytest.skip(f"{', '.join(missing)} missing: pip install '.[test-frameworks]'")
    (tmp_path / "test_example.py").write_text(block.text, "utf-8")
    captures = (make_capture(feed_body(text), id=number) for number, text in enumerate(("one", "two"), 1))
    lines = (event_stream.event_to_json(Captured(at=WHEN, capture=capture)) for capture in captures)
    (tmp_path / "captures.ndjson").write_text("".join(event_stream.line(line or {}) + "\n" for line in lines), "utf-8")
    named = [part for plugin in PLUGINS for part in ("-p", plugin)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOOKSCOPE_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "--strict-markers", "-p", "no:cacheprovider", *named],
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_each_framework_has_an_example() -> None:
    assert {name_of(block) for block in BLOCKS} == {"fastapi", "flask", "django", "aiohttp", "replay"}
