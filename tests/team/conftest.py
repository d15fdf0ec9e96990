"""The engines on which a shared log is tested."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from hookscope.team.followers import FollowedLog
from hookscope.team.memory import MemoryEngine, MemoryLog

OpenLog: TypeAlias = Callable[..., FollowedLog]
"""Return a client of one and the same empty log; with `app_id`, for appending."""


@pytest.fixture(params=["memory"])
def open_log(request: pytest.FixtureRequest) -> OpenLog:
    """Return what opens a log, once for each engine."""
    engine = MemoryEngine()
    return lambda app_id=None: MemoryLog(engine, app_id=app_id)
