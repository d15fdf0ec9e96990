"""Seeds, which choose when and how something breaks, and the places where it does."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hookscope.sandbox.server import SandboxServer
from tests.e2e.conftest import Graph
from tests.support.program import Home


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with each seed; its id is the seed, to be repeated with `--fault-seed`."""
    if "chance" in metafunc.fixturenames:
        first: int = metafunc.config.getoption("--fault-seed")
        seeds = range(first, first + metafunc.config.getoption("--fault-runs"))
        metafunc.parametrize("chance", seeds, ids=[f"seed {seed}" for seed in seeds], indirect=True)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with SandboxServer(scenario=False) as server:
        yield Graph(server)
