"""All that the screen shows beside the captures, as one value that the widgets render."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from hookscope.model.run_events import Phase
from hookscope.tui.theme import Tone
from hookscope.views.status import LinkState, LinkStatus, Status


class RunState(StrEnum):
    """What this view knows about the run's process."""

    EXPECTED = "expected"
    GOING = "going"
    STOPPING = "stopping"
    OVER = "over"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """A moment of the run. `asked` is how often the run was told to stop, `said` what the reader is being told."""

    now: datetime
    status: Status = field(default_factory=Status)
    heard: bool = False
    lost: bool = False
    attached: bool = False
    asked: int = 0
    said: tuple[tuple[Tone, str], ...] = ()

    @property
    def fate(self) -> RunState:
        """What this view knows about the run's process."""
        if self.status.exit_code is not None:
            return RunState.OVER
        if self.lost:
            return RunState.GONE
        if self.asked or self.status.phase in (Phase.STOPPING, Phase.STOPPED):
            return RunState.STOPPING
        return RunState.GOING if self.heard else RunState.EXPECTED

    @property
    def began(self) -> datetime | None:
        """When the run began."""
        return _moment(self.status.started_at)

    @property
    def forwards(self) -> bool:
        """Whether captures are, or were, sent to an application."""
        return bool(self.status.targets or self.status.forward)

    @property
    def links(self) -> tuple[tuple[str, str, LinkStatus], ...]:
        """The chain from Meta to the application in order: long name, short name, link."""
        status = self.status
        chain = [
            ("receiver", "recv", status.receiver),
            ("tunnel", "tunnel", _direct(status.tunnel)),
            ("public path", "public", status.probe),
            ("registered", "reg", _worst(status.registered)),
            ("last event", "event", status.last_event),
        ]
        if self.forwards:
            chain.append(("your app", "app", _applications(status.forward)))
        return tuple(chain)

    def seconds_since(self, at: str | None) -> float:
        """How long ago that was; without end for never."""
        then = _moment(at)
        return max((self.now - then).total_seconds(), 0.0) if then else math.inf

    def age(self, at: str | None) -> str:
        """How long ago that was: `2s`, `4m`, `3h`, `5d`; nothing for never."""
        if not at:
            return ""
        seconds = int(self.seconds_since(at))
        for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
            if seconds >= size:
                return f"{seconds // size}{unit}"
        return f"{seconds}s"

    def time_of(self, at: str | None) -> str:
        """The reader's own time of day."""
        then = _moment(at)
        return f"{then.astimezone(self.now.tzinfo):%H:%M:%S}" if then else ""

    def notices(self) -> tuple[Mapping[str, Any], ...]:
        """What the run has said, the newest first."""
        return tuple(reversed(self.status.notices))


def _direct(tunnel: LinkStatus) -> LinkStatus:
    """A run with an address of its own has no tunnel that could be named."""
    return replace(tunnel, detail="direct") if tunnel.detail == "none" else tunnel


def _worst(links: Mapping[str, LinkStatus]) -> LinkStatus:
    """One light for several subscriptions: that of the worst, by name where there are several."""
    order = (LinkState.BAD, LinkState.WAITING, LinkState.OK, LinkState.OFF)
    ranked = sorted(links.items(), key=lambda item: order.index(item[1].light))
    if not ranked:
        return LinkStatus()
    name, link = ranked[0]
    if link.light is LinkState.OK:
        return LinkStatus(light=LinkState.OK, detail=", ".join(links), at=link.at)
    return LinkStatus(light=link.light, detail=f"{name}: {link.detail}", at=link.at)


def _applications(links: Mapping[str, LinkStatus]) -> LinkStatus:
    """One light for the applications: their own where there is one, else the worst."""
    if len(links) == 1:
        return next(iter(links.values()))
    return _worst({urlsplit(target).netloc: link for target, link in links.items()})


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
