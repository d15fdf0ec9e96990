"""The engines on which a shared log is tested."""

from collections.abc import Callable
from typing import TypeAlias
from uuid import uuid4

import pytest

from hookscope.team import opening
from hookscope.team.address import check_address
from hookscope.team.followers import FollowedLog
from hookscope.team.opening import initialize_log
from tests.support.postgres import SharedPostgres
from tests.team.memory_log import MemoryEngine, MemoryLog

OpenLog: TypeAlias = Callable[..., FollowedLog]
"""Return a client of one and the same empty log; with `app_id`, for appending."""


@pytest.fixture(params=["memory", "postgres"])
async def open_log(request: pytest.FixtureRequest) -> OpenLog:
    """Return what opens a log, once for each engine."""
    if request.param == "memory":
        engine = MemoryEngine()
        return lambda app_id=None: MemoryLog(engine, app_id=app_id)
    server: SharedPostgres = request.getfixturevalue("postgres")
    address = check_address(server.url, log=f"log_{uuid4().hex[:12]}")
    await initialize_log(address)
    return lambda app_id=None: opening.open_log(address, app_id=app_id)
