"""A team's shared log as the source of a run's captures; nothing is registered, and nothing reaches this machine."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Self

from hookscope import run_registry
from hookscope.engine.mirror import Mirror
from hookscope.errors import HookscopeError, UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Run
from hookscope.model.run_events import RunEvent
from hookscope.run_registry import LiveRun
from hookscope.settings import MirrorSettings
from hookscope.team.followers import FollowedLog


class MirrorSource:
    """Mirrors a shared log; a CaptureSource. Raises UsageError when another live run does so in the same journal."""

    holds_anything = False

    def __init__(
        self,
        settings: MirrorSettings,
        *,
        live: LiveRun,
        run: Run,
        journal: JournalWriter,
        publish: Callable[[RunEvent], None],
    ) -> None:
        _check_alone(live)
        self._settings = settings
        self._stack = AsyncExitStack()
        self._mirror = Mirror(settings, run=run, journal=journal, publish=publish, open_log=self._open_log)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._mirror)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def prepare(self) -> bool:
        """Return True: there is more to do."""
        return True

    async def start(self) -> None:
        """Connect to the log, however long that takes."""
        await self._mirror.start()

    async def keep(self) -> None:
        """Mirror the log, forever."""
        await self._mirror.keep()

    async def release(self) -> None:
        """Put nothing back: nothing was changed."""

    async def recover(self) -> None:
        """Put nothing back: nothing was changed."""

    def observe(self, capture: Capture) -> None:
        """Do nothing: no handshake is expected."""

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Refuse: a run without an app has no access to the Graph API. Raises HookscopeError."""
        raise HookscopeError(
            "this run mirrors a shared log, and has no access to the Graph API",
            hint=f"hookscope fetch {capture_id} --app-id ID",
        )

    async def examine(self) -> list[dict[str, Any]]:
        """Refuse: the chain from Meta ends at the relay. Raises HookscopeError."""
        raise HookscopeError(
            "this run mirrors a shared log: the chain from Meta ends at the relay",
            hint="hookscope relay status shows the log; hookscope doctor --app-id ID checks the app",
        )

    def _open_log(self) -> FollowedLog:
        from hookscope.team.opening import open_log

        return open_log(self._settings.address, polls=self._settings.polls)


def _check_alone(live: LiveRun) -> None:
    """Refuse a second run: a capture belongs to one run, and the other would find it mirrored and not forward it."""
    for other in run_registry.find():
        if other.key != live.key and (other.app_id, other.journal) == (live.app_id, live.journal):
            raise UsageError(
                f"run {other.pid} mirrors {live.app_id} into this journal already",
                done="nothing was mirrored",
                hint="forward to several apps from one run with several -f, or give this one a --journal of its own",
            )
