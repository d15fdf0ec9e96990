"""Records of requests and deliveries. Immutable; bodies are bytes, headers ordered pairs."""

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from hookscope.meta import notification
from hookscope.meta.fingerprint import fingerprint, leaders
from hookscope.meta.signature import ACCEPTED, Signature, SignatureVerdict
from hookscope.meta.summaries.summary import EventLine
from hookscope.model.capture_id import EventRef
from hookscope.model.unpacked import Unpacked, unpack
from hookscope.settings import Route

if TYPE_CHECKING:
    from hookscope.meta.notification import Notification

Headers = tuple[tuple[bytes, bytes], ...]
"""Name and value as they came: order, case and repetition kept."""

Originals = tuple[int | None, ...]
"""The capture that had an event before, for each event of a body."""

_PARSED = "_parsed"
_LARGEST = 4 << 20
"""Meta sends no larger bodies (WhatsApp's overview: up to 3 MB); looking into one would hold up all others."""

MOST_CAPTURES = 10**8
"""More than anybody has, or wants to send at once."""


class Kind(StrEnum):
    """The kind of a request."""

    HANDSHAKE = "handshake"
    NOTIFICATION = "notification"
    STRAY = "stray"


class Source(StrEnum):
    """The origin of a capture."""

    LIVE = "live"
    SANDBOX = "sandbox"
    TRIGGER = "trigger"
    REPLAY = "replay"
    IMPORT = "import"
    SHARED = "shared"


class Cause(StrEnum):
    """The reason for sending a capture to an application."""

    FORWARD = "forward"
    REPLAY = "replay"
    TRIGGER = "trigger"


class Failure(StrEnum):
    """The kind of failure without an answer: the application cannot have seen the request, or it may have."""

    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    TIMEOUT = "timeout"


class Request(Struct, frozen=True, kw_only=True):
    """A request as it came. `target` is the path with its query, or a whole URL if the sender named one.

    `remote` is the sender's address, behind any proxy.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    remote: str


def origin_form(target: str) -> str:
    """Return the path with the query, also of a target that is a whole URL (RFC 9112, 3.2.2)."""
    if target.startswith("/"):
        return target
    rest = target.partition("://")[2]
    at = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return rest[at:] if rest[at : at + 1] == "/" else f"/{rest[at:]}"


class Reply(Struct, frozen=True, kw_only=True):
    """An answer. `elapsed_ms` runs from the last byte of the request until the answer was ready; None when unknown.

    `content_type` is that of an application's answer which is being passed on; the journal does not keep it.
    """

    status: int | None
    body: bytes = b""
    elapsed_ms: float | None = None
    content_type: str = ""


class Handshake(Struct, frozen=True, kw_only=True):
    """The verdict on a verification request."""

    accepted: bool
    reason: str | None = None


def is_genuine(kind: Kind, verdict: SignatureVerdict, replay_of: int | None) -> bool:
    """Return whether this is a notification that Meta made, as far as can be told, and not a replay."""
    return kind is Kind.NOTIFICATION and verdict in ACCEPTED and replay_of is None


def is_played(source: Source, kind: Kind, verdict: SignatureVerdict) -> bool:
    """Return whether the sandbox sent this while playing a stranger: a forged notification, or a stray."""
    is_forged = verdict in (SignatureVerdict.INVALID, SignatureVerdict.MISSING)
    return source is Source.SANDBOX and (kind is Kind.STRAY or (kind is Kind.NOTIFICATION and is_forged))


def duplicate_of(originals: Originals) -> int | None:
    """Return the original of a whole body: its first event's, provided that every event has one."""
    return originals[0] if originals and all(originals) else None


def of_batch(originals: Originals) -> Originals:
    """Return the originals as a batch stores them: empty when `duplicate_of` says it all, or when there are none."""
    return originals if len(originals) > 1 and any(originals) else ()


class Shared(Struct, frozen=True, kw_only=True):
    """The place of a capture in a team's shared log: the log's UUID, and the entry's number, the same for everybody."""

    log: str
    seq: int


class Capture(Struct, frozen=True, kw_only=True, dict=True):
    """One request that the receiver got, or that a replay sent. `id` is 0 until the journal has numbered it.

    `request.body` is bytes, `request.headers` are pairs of bytes, `received_at` is in UTC. `flaw` says why the request
    could not be read whole. `duplicate_of` is the earlier capture of the first event, if every event was seen before;
    `originals` names the earlier capture of each event of a batch, and is empty when there is none. `marked` and `note`
    are the user's own, and the only values that ever change; `marked_events` are the positions of the marked events,
    if not all of it is marked. `shared` is the entry of a shared log that it was mirrored from. `position` is that of
    the event, in a capture that holds only one of a batch. The body is unpacked on first use.
    """

    id: int = 0
    run_id: int | None
    kind: Kind
    source: Source
    received_at: datetime
    request: Request
    reply: Reply
    signature: Signature
    handshake: Handshake | None = None
    flaw: str | None = None
    duplicate_of: int | None = None
    originals: Originals = ()
    replay_of: int | None = None
    marked: bool = False
    note: str | None = None
    shared: Shared | None = None
    marked_events: tuple[int, ...] = ()
    position: int = 0

    @property
    def ref(self) -> EventRef:
        """The name of the capture, or of the one event of it that this is."""
        return EventRef(self.id, self.position)

    @property
    def marks(self) -> tuple[EventRef, ...]:
        """The capture if it is marked as a whole, else its marked events."""
        return tuple(EventRef(self.id, position) for position in self.marked_events or (0,)) if self.marked else ()

    @cached_property
    def unpacked(self) -> Unpacked:
        """The content of the body."""
        return unpack(self.request.body) if self.kind is Kind.NOTIFICATION else Unpacked()

    def identify(self) -> tuple[str | None, ...]:
        """Return the identity of each event of a notification that Meta made; nothing for any other capture.

        The events are kept until `leaders` takes them over, so that a body is decoded once.
        """
        if not is_genuine(self.kind, self.signature.verdict, self.replay_of) or len(self.request.body) > _LARGEST:
            return ()
        parsed = vars(self)[_PARSED] = notification.parse(self.request.body)
        return fingerprint(parsed.events)

    def count_events(self) -> int:
        """Return the number of a notification's events; 0 for a body too large to be counted before it is stored."""
        is_counted = self.kind is Kind.NOTIFICATION and len(self.request.body) <= _LARGEST
        return len(notification.parse(self.request.body).events) if is_counted else 0

    def leaders(self) -> tuple[str, ...]:
        """Return the identities of the events that this capture's status may belong to; call `identify` first."""
        # They go now: a decoded body is several times its size, and captures wait for their readers.
        parsed: Notification | None = vars(self).pop(_PARSED, None)
        return leaders(parsed.events[0]) if parsed and len(parsed.events) == 1 else ()

    @property
    def events(self) -> tuple[EventLine, ...]:
        """The notification's events, one for each thing that happened."""
        return self.unpacked.events

    @property
    def lead(self) -> EventLine | None:
        """The event that stands for all of them where there is room for one."""
        return self.unpacked.lead

    def original_of(self, position: int) -> int | None:
        """Return the capture that had an event before, by the event's position."""
        if not self.originals:
            return self.duplicate_of
        return self.originals[position] if position < len(self.originals) else None

    def kept(self, number: int, elapsed_ms: float | None, originals: Originals) -> "Capture":
        """Return the same capture with the journal's values."""
        return self._changed(
            id=number,
            reply=replace(self.reply, elapsed_ms=elapsed_ms),
            duplicate_of=duplicate_of(originals),
            originals=of_batch(originals),
        )

    def logged(self, shared: Shared) -> "Capture":
        """Return the capture as a relay has appended it; it is in no journal and keeps the number 0."""
        return self._changed(shared=shared)

    def _changed(self, **values: Any) -> "Capture":
        """Return the capture with other values; what was unpacked from the body stays."""
        changed = replace(self, **values)
        vars(changed).update(vars(self))
        return changed

    @property
    def problem(self) -> str | None:
        """The problem with the request besides its signature: it is cut off, or not a notification."""
        return self.flaw or self.unpacked.problem


class Delivery(Struct, frozen=True, kw_only=True):
    """One attempt to deliver a capture to an application.

    `status` is None without an answer; `failure` and the text `error` say why. `error` also says what is wrong with an
    answer.
    """

    capture_id: int
    replay_id: int | None = None
    cause: Cause
    method: str = "POST"
    target: str
    sent_at: datetime
    status: int | None
    elapsed_ms: float
    failure: Failure | None = None
    error: str | None = None
    answer: bytes = b""
    answer_type: str = ""

    @property
    def succeeded(self) -> bool:
        """True if the application answered 2xx, and correctly."""
        return self.status is not None and 200 <= self.status < 300 and self.error is None


SANDBOX = "sandbox"
"""The app id of all runs in a sandbox. Each makes up an app, but what one holds the next is to deliver all the same."""


class Run(Struct, frozen=True, kw_only=True):
    """One `hookscope run`, as the journal records it. `targets` are the addresses it forwarded to.

    `app_id` is SANDBOX in a sandbox, and the log's name for a mirror of a shared log.
    `key` is its name in `hookscope.run_registry`, which knows whether it is still alive; `routes` holds the filter of
    each target.
    """

    id: int = 0
    key: str = ""
    app_id: str
    objects: tuple[str, ...]
    targets: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def meta_app_id(self) -> str | None:
        """The id of the app at Meta; None where the run itself had none."""
        return self.app_id if self.app_id.isalnum() and self.app_id != SANDBOX else None
