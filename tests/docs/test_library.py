"""The examples in Python run as they stand, in a process and a folder of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, Block
from tests.support.program import Home
from tests.support.slow import slow_after

EXAMPLES = [
    block for page in PAGES for block in page.blocks if block.language == "python" and "import hookscope" in block.text
]


@pytest.mark.parametrize("block", slow_after(2, EXAMPLES), ids=lambda block: block.page)
def test_an_example_runs(block: Block, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        env=home.environment,
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_front_page_and_the_library_s_have_examples() -> None:
    assert {block.page for block in EXAMPLES} >= {"README.md", "docs/library.md"}
