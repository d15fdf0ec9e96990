"""The state of a run, folded from its items: what a view shows besides the captures.

A value in, a value out: the engine keeps one to answer `GET /status`, and every view renders the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

from hookscope.model.record import Capture, Delivery, Failure, Kind, Source, is_genuine
from hookscope.model.run_events import (
    Captured,
    Delivered,
    Ending,
    LogSeen,
    Notice,
    PageEnded,
    PageInstalled,
    Phase,
    PhaseChanged,
    Probed,
    ReceiverListening,
    RunEvent,
    Stopped,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
    TargetSeen,
    TunnelDown,
    TunnelUp,
)

_NOTICES = 20
_DOWN = "down"


class LinkState(StrEnum):
    """The color of one link of the chain."""

    OFF = "off"
    WAITING = "waiting"
    OK = "ok"
    BAD = "bad"


class LinkStatus(Struct, frozen=True, kw_only=True):
    """One link of the chain from Meta to the application: its light, a few words, and since when (RFC 3339).

    `asked_at` and `answered_at` are the times of the POST that registered it and of its answer, if this run made one.
    `elapsed_ms` is the time that an application took for its last answer, `waiting` the number of notifications that it
    has yet to answer: held while it was down, or queued because it is slow.
    """

    light: LinkState = LinkState.WAITING
    detail: str = ""
    at: str | None = None
    asked_at: str | None = None
    answered_at: str | None = None
    elapsed_ms: float | None = None
    waiting: int = 0

    @property
    def waits(self) -> str:
        """The number of notifications that wait, in words; empty for none."""
        return f"{self.waiting:,} {'held' if self.detail == _DOWN else 'waiting'}" if self.waiting else ""

    @property
    def described(self) -> str:
        """The few words, with the number of notifications that wait."""
        return ", ".join(filter(None, (self.detail, self.waits)))


class Status(Struct, frozen=True, kw_only=True):
    """Everything that a view shows of a run besides its captures. Times are RFC 3339 texts, for JSON.

    `registered` maps objects to their links, `forward` application addresses to theirs. `log` is the link to the shared
    log of a run that mirrors one, and None for a run that receives. `restored` lists in order what was put back,
    `notices` holds the last ones.
    """

    run_id: int | None = None
    app_id: str = ""
    sandbox: bool = False
    started_at: str = ""
    phase: Phase = Phase.STARTING
    reason: str | None = None
    targets: tuple[str, ...] = ()
    public_url: str | None = None
    callback_url: str | None = None
    receiver: LinkStatus = LinkStatus()
    tunnel: LinkStatus = LinkStatus()
    probe: LinkStatus = LinkStatus()
    registered: Mapping[str, LinkStatus] = field(default_factory=dict)
    last_event: LinkStatus = LinkStatus()
    log: LinkStatus | None = None
    forward: Mapping[str, LinkStatus] = field(default_factory=dict)
    captures: int = 0
    notifications: int = 0
    last_id: int = 0
    notices: tuple[Mapping[str, Any], ...] = ()
    restored: tuple[Mapping[str, Any], ...] = ()
    exit_code: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the status as JSON values."""
        return cast("dict[str, Any]", to_builtins(self))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Status":
        """Parse the result of `to_json`."""
        links = ("receiver", "tunnel", "probe", "last_event")
        return cls(
            **{
                **value,
                **{name: _link(value[name]) for name in links},
                "phase": Phase(value["phase"]),
                "log": _link(value["log"]) if value.get("log") else None,
                **{name: {key: _link(link) for key, link in value[name].items()} for name in ("registered", "forward")},
                **{name: tuple(value[name]) for name in ("targets", "notices", "restored")},
            }
        )


def advance(status: Status, item: RunEvent) -> Status:
    """Return the status after an item."""
    at = _stamp(item.at)
    match item:
        case PhaseChanged():
            return replace(status, phase=item.phase, reason=item.reason)
        case ReceiverListening():
            return replace(status, receiver=LinkStatus(light=LinkState.OK, detail=item.url, at=at))
        case TunnelUp():
            tunnel = LinkStatus(light=LinkState.OK, detail=item.provider, at=at)
            return replace(status, tunnel=tunnel, public_url=item.public_url)
        case TunnelDown():
            down = LinkStatus(light=LinkState.BAD, detail=item.reason, at=at)
            probe = replace(status.probe, light=LinkState.BAD, detail="the tunnel is down", at=at)
            return replace(status, tunnel=down, probe=probe)
        case Probed():
            detail = f"{item.elapsed_ms:.0f} ms" if item.ok else item.diagnosis or ""
            return replace(status, probe=LinkStatus(light=_light(item.ok), detail=detail, at=at))
        case SubscriptionActive():
            registered = {**status.registered, item.object: _active(item, at)}
            return replace(status, registered=registered, callback_url=item.callback_url)
        case SubscriptionSeen():
            known = status.registered.get(item.object, LinkStatus())
            described = known.detail if item.ours else item.detail or ""
            link = replace(known, light=_light(item.ours), detail=described, at=at)
            return replace(status, registered={**status.registered, item.object: link})
        case SubscriptionEnded():
            return _let_go(status, item.ending, item.object, item.reason, at)
        case PageInstalled():
            link = LinkStatus(light=LinkState.OK, detail=", ".join(item.fields), at=at)
            return replace(status, registered={**status.registered, f"page:{item.page}": link})
        case PageEnded():
            return _let_go(status, item.ending, f"page:{item.page}", item.reason, at)
        case Captured():
            return count(status, [item])
        case Delivered():
            return _delivered(status, item.delivery, at)
        case TargetSeen():
            return replace(status, forward={**status.forward, item.target: _reached(status, item, at)})
        case LogSeen():
            return replace(status, log=_log(item, at))
        case Notice():
            notice = {"at": at, "level": item.level, "message": item.message, "hint": item.hint}
            return replace(status, notices=(*status.notices, notice)[-_NOTICES:])
        case Stopped():
            return replace(status, phase=Phase.STOPPED, exit_code=item.exit_code)
        case _:
            return status


def _active(item: SubscriptionActive, at: str) -> LinkStatus:
    asked, answered = (_stamp(moment) if moment else None for moment in (item.asked_at, item.answered_at))
    described = ", ".join(item.fields)
    return LinkStatus(light=LinkState.OK, detail=described, at=at, asked_at=asked, answered_at=answered)


def _let_go(status: Status, ending: Ending, name: str, reason: str, at: str) -> Status:
    light = LinkState.OK if ending is Ending.KEPT else LinkState.OFF
    restored = (*status.restored, {"ending": ending, "object": name, "reason": reason})
    link = LinkStatus(light=light, detail=ending, at=at)
    return replace(status, registered={**status.registered, name: link}, restored=restored)


def count(status: Status, items: Sequence[Captured]) -> Status:
    """Return the status after captures, at least one. A replay's captures were not received, and do not count."""
    received = [item for item in items if item.capture.source is not Source.REPLAY]
    notifications = [item for item in received if item.capture.kind is Kind.NOTIFICATION]
    return replace(
        status,
        captures=status.captures + len(received),
        notifications=status.notifications + len(notifications),
        last_id=max(status.last_id, *(item.capture.id for item in items)),
        last_event=_last_event(status.last_event, notifications),
    )


def _last_event(known: LinkStatus, notifications: Sequence[Captured]) -> LinkStatus:
    """Return the link from Meta after notifications.

    Triggers from here do not count, nor do notifications that Meta has not signed, which anybody can send. Those are
    shown only while there is nothing better, since our secret may be the wrong one.
    """
    outside = [item for item in notifications if item.capture.source is not Source.TRIGGER]
    if genuine := [item for item in outside if _is_genuine(item.capture)]:
        last, at = genuine[-1].capture, genuine[-1].at
        detail = f"{last.lead.object}.{last.lead.field}" if last.lead else last.kind
        return LinkStatus(light=_light(last.reply.status == 200), detail=detail, at=_stamp(at))
    if outside and known.light is LinkState.WAITING:
        return replace(known, detail=f"signature {outside[-1].capture.signature.verdict}", at=_stamp(outside[-1].at))
    return known


def _delivered(status: Status, delivery: Delivery, at: str) -> Status:
    """Return the status after a delivery. An application's health reports that it is down, and what is held for it.

    If a run forwards, a replay to another address says nothing about its applications; otherwise the last target is the
    application.
    """
    if status.targets:
        told_by_health = delivery.failure is Failure.UNREACHABLE and delivery.target in status.forward
        if told_by_health or delivery.target not in status.targets:
            return status
    detail = f"{delivery.status}" if delivery.status is not None else delivery.error or "no answer"
    took = None if delivery.status is None else delivery.elapsed_ms
    known = status.forward if status.targets else {}
    waiting = known[delivery.target].waiting if delivery.target in known else 0
    link = LinkStatus(light=_light(delivery.succeeded), detail=detail, at=at, elapsed_ms=took, waiting=waiting)
    return replace(status, forward={**known, delivery.target: link})


def _log(item: LogSeen, at: str) -> LinkStatus:
    if item.trouble is None:
        return LinkStatus(light=LinkState.OK, detail=item.log, at=at)
    return LinkStatus(light=LinkState.BAD, detail=item.trouble.removeprefix("log "), at=at)


def _reached(status: Status, item: TargetSeen, at: str) -> LinkStatus:
    """Return an application's link after a look; its time is that of the last news, not of another one that waits."""
    known = status.forward.get(item.target)
    was_down = known is None or known.detail == _DOWN
    if known is None or item.up == was_down:
        light, detail = (LinkState.OK, "up") if item.up else (LinkState.BAD, _DOWN)
        known = LinkStatus(light=light, detail=detail, at=at)
    return replace(known, waiting=item.waiting)


def _is_genuine(capture: Capture) -> bool:
    return is_genuine(capture.kind, capture.signature.verdict, capture.replay_of)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _light(good: bool) -> LinkState:
    return LinkState.OK if good else LinkState.BAD


def _link(value: Mapping[str, Any]) -> LinkStatus:
    return LinkStatus(**{**value, "light": LinkState(value["light"])})
