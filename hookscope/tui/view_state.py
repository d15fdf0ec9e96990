"""Everything that the screen shows besides the captures, as one value that the widgets render."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope.model.run_events import Phase
from hookscope.model.timestamps import LOCAL
from hookscope.tui.theme import Tone
from hookscope.views.status import LinkState, LinkStatus, Status

_FLOOD = 50
"""Captures a second."""

_STEP_SECONDS = 5
_SAID_SECONDS = 6.0


class RunState(StrEnum):
    """The state of the run's process, as far as this view knows."""

    EXPECTED = "expected"
    GOING = "going"
    STOPPING = "stopping"
    OVER = "over"
    GONE = "gone"


def local_now() -> datetime:
    """Return the present in the user's own time zone."""
    return datetime.now(LOCAL)


class ViewState(Struct, frozen=True, kw_only=True):
    """A moment of the run.

    `has_status` is true once the run has sent its status, `lost` when the connection to it is. `asked` is how often the
    run was told to stop, `said` the current message to the user, which came at `said_at`, `rate` the number of captures
    in each of the last seconds; `has_others` is true if only other runs have captures, `is_new` on a user's first
    screen.
    """

    now: datetime
    status: Status = field(default_factory=Status)
    has_status: bool = False
    lost: bool = False
    attached: bool = False
    is_new: bool = False
    asked: int = 0
    said: tuple[tuple[Tone, str], ...] = ()
    said_at: str | None = None
    rate: tuple[int, ...] = ()
    has_others: bool = False

    @property
    def run_state(self) -> RunState:
        """The state of the run's process, as far as this view knows."""
        if self.status.exit_code is not None:
            return RunState.OVER
        if self.lost:
            return RunState.GONE
        if self.asked or self.status.phase in (Phase.STOPPING, Phase.STOPPED):
            return RunState.STOPPING
        return RunState.GOING if self.has_status else RunState.EXPECTED

    @property
    def knows_run(self) -> bool:
        """True if it is known which run this is, or never will be."""
        return self.lost or (
            self.has_status and (self.status.run_id is not None or self.status.phase is not Phase.STARTING)
        )

    @property
    def began(self) -> datetime | None:
        """The start of the run."""
        return _moment(self.status.started_at)

    @property
    def forwards(self) -> bool:
        """True if captures are, or were, sent to an application."""
        return bool(self.status.targets or self.status.forward)

    @property
    def mirrors(self) -> bool:
        """True if the run mirrors a shared log: then nothing is registered."""
        return self.status.log is not None

    def later(self, now: datetime, **changes: Any) -> "ViewState":
        """Return the state at a later time, with these fields replaced; a message to the user ends after a while."""
        later = replace(self, now=now, **changes)
        return later if later.seconds_since(self.said_at) <= _SAID_SECONDS else replace(later, said=())

    @property
    def at_midnight(self) -> "ViewState":
        """The same at the beginning of the day: equal if nothing but the time of day differs."""
        return replace(self, now=self.now.replace(hour=0, minute=0, second=0, microsecond=0))

    @property
    def is_flooded(self) -> bool:
        """True if captures come faster than anybody can read."""
        return bool(self.rate) and self.rate[-1] >= _FLOOD

    @property
    def links(self) -> tuple[tuple[str, str, LinkStatus], ...]:
        """The chain from Meta to the application in order: long name, short name, link."""
        status = self.status
        chain = [
            ("receiver", "recv", status.receiver),
            ("tunnel", "tunnel", _direct(status.tunnel)),
            ("public path", "public", status.probe),
            ("registered", "reg", _worst(status.registered)),
        ]
        if status.log:  # A mirror is not reachable from outside.
            chain = [("log", "log", status.log)]
        chain.append(("last event", "event", status.last_event))
        if self.forwards:
            chain.append(("your app", "app", _applications(status.forward)))
        return tuple(chain)

    def seconds_since(self, at: str | None) -> float:
        """Return the seconds since that time; infinity for never."""
        then = _moment(at)
        return max((self.now - then).total_seconds(), 0.0) if then else math.inf

    def age(self, at: str | None) -> str:
        """Return the age of that time: `5s`, `4m`, `3h`, `5d`; nothing for never.

        Seconds come in steps: a line that changes each second has an idle screen paint each second.
        """
        if not at:
            return ""
        seconds = int(self.seconds_since(at))
        for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
            if seconds >= size:
                return f"{seconds // size}{unit}"
        return f"{seconds // _STEP_SECONDS * _STEP_SECONDS}s"

    def time_of(self, at: str | None) -> str:
        """Return the time of day in the user's own time zone."""
        then = _moment(at)
        return f"{then.astimezone(self.now.tzinfo):%H:%M:%S}" if then else ""

    def notices(self) -> tuple[Mapping[str, Any], ...]:
        """Return the run's notices, the newest first."""
        return tuple(reversed(self.status.notices))


def _direct(tunnel: LinkStatus) -> LinkStatus:
    """Return the link of a run with an address of its own, which has no tunnel to name."""
    return replace(tunnel, detail="direct") if tunnel.detail == "none" else tunnel


def _worst(links: Mapping[str, LinkStatus]) -> LinkStatus:
    """Return one link for several subscriptions: the worst, by name if there are several."""
    order = (LinkState.BAD, LinkState.WAITING, LinkState.OK, LinkState.OFF)
    ranked = sorted(links.items(), key=lambda item: order.index(item[1].light))
    if not ranked:
        return LinkStatus()
    name, link = ranked[0]
    if link.light is LinkState.OK:
        waiting = sum(one.waiting for one in links.values())
        return LinkStatus(light=LinkState.OK, detail=", ".join(links), at=link.at, waiting=waiting)
    return LinkStatus(light=link.light, detail=f"{name}: {link.described}", at=link.at)


def _applications(links: Mapping[str, LinkStatus]) -> LinkStatus:
    """Return one link for the applications: their own if there is one, else the worst."""
    if len(links) == 1:
        return next(iter(links.values()))
    return _worst({urlsplit(target).netloc: link for target, link in links.items()})


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
