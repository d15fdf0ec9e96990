"""What is kept of one request and of what became of it. Immutable; bodies are bytes, headers ordered pairs."""

from datetime import datetime
from enum import StrEnum
from functools import cached_property

from hookscope.frozen import fast_frozen_dataclass
from hookscope.meta import notification
from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import Notification
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.meta.summaries.summary import EventLine, summarize
from hookscope.settings import Route

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
    """What a request turned out to be."""

    HANDSHAKE = "handshake"
    NOTIFICATION = "notification"
    STRAY = "stray"


class Source(StrEnum):
    """How a capture came into the journal."""

    LIVE = "live"
    SANDBOX = "sandbox"
    TRIGGER = "trigger"
    REPLAY = "replay"
    IMPORT = "import"


class Cause(StrEnum):
    """Why a capture was sent to an application."""

    FORWARD = "forward"
    REPLAY = "replay"
    TRIGGER = "trigger"


class Failure(StrEnum):
    """Why an application did not answer: it cannot have seen the request, or it may have."""

    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    TIMEOUT = "timeout"


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came. `target` is the path with its query, or a whole URL where the sender named one.

    `remote` is the sender's address behind any proxy.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    remote: str


def origin_form(target: str) -> str:
    """The path with the query, also of a target that is a whole URL (RFC 9112, 3.2.2)."""
    if target.startswith("/"):
        return target
    rest = target.partition("://")[2]
    at = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return rest[at:] if rest[at : at + 1] == "/" else f"/{rest[at:]}"


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `elapsed_ms` runs from the last byte of the request until the answer stood; None when unknown."""

    status: int | None
    body: bytes = b""
    elapsed_ms: float | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The verdict on a verification request."""

    accepted: bool
    reason: str | None = None


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What a body says: its events, and what is wrong with it as a notification, if anything."""

    events: tuple[EventLine, ...] = ()
    problem: str | None = None

    @property
    def lead(self) -> EventLine | None:
        """The event to show where there is room for one: the first that failed, or else the first."""
        return next((event for event in self.events if event.failed), self.events[0] if self.events else None)


def unpack(kind: Kind, body: bytes) -> Unpacked:
    """Unpack a body; nothing but a notification has events."""
    return _summarized(notification.parse(body)) if kind is Kind.NOTIFICATION else Unpacked()


def _summarized(parsed: Notification) -> Unpacked:
    return Unpacked(events=tuple(map(summarize, parsed.events)), problem=parsed.problem)


def is_genuine(kind: Kind, verdict: SignatureVerdict, replay_of: int | None) -> bool:
    """Whether something is a notification that Meta made, as far as can be told, and no replay."""
    accepted = verdict in (SignatureVerdict.VALID, SignatureVerdict.UNCHECKED)
    return kind is Kind.NOTIFICATION and accepted and replay_of is None


def duplicate_of(originals: Originals) -> int | None:
    """Return the capture that a body as a whole is a duplicate of: its first event's, if each of them came before."""
    return originals[0] if originals and all(originals) else None


def of_batch(originals: Originals) -> Originals:
    """Return the originals as a batch keeps them: nothing where `duplicate_of` tells all, or nothing came before."""
    return originals if len(originals) > 1 and any(originals) else ()


@fast_frozen_dataclass(frozen=True, kw_only=True)
class Capture:
    """One request that came to the receiver, or that a replay sent. `id` is 0 until the journal has numbered it.

    `flaw` says why the request could not be read whole. `duplicate_of` is the capture that had the first event before,
    if one had each of them; `originals` names those for each event of a batch, and is empty when there are none.
    `marked` and `note` are the reader's own, and all that ever changes. What the body says is worked out when it is
    first asked for.
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

    @cached_property
    def unpacked(self) -> Unpacked:
        """What the body says."""
        parsed: Notification | None = vars(self).pop(_PARSED, None)
        return _summarized(parsed) if parsed else unpack(self.kind, self.request.body)

    def identify(self) -> tuple[str | None, ...]:
        """Return the identity of each event of a notification that Meta made; nothing for any other capture.

        The events are kept until `unpacked` takes them over, so that a body is decoded once.
        """
        if not is_genuine(self.kind, self.signature.verdict, self.replay_of) or len(self.request.body) > _LARGEST:
            return ()
        parsed = vars(self)[_PARSED] = notification.parse(self.request.body)
        return fingerprint(parsed.events)

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
        """The same capture with what only the journal knows; what was worked out about it stays.

        `dataclasses.replace` takes four times as long, and each request waits for it.
        """
        reply = Reply(status=self.reply.status, body=self.reply.body, elapsed_ms=elapsed_ms)
        kept = object.__new__(Capture)
        vars(kept).update(
            vars(self), id=number, reply=reply, duplicate_of=duplicate_of(originals), originals=of_batch(originals)
        )
        return kept

    @property
    def problem(self) -> str | None:
        """What is wrong with the request beside its signature: it is cut off, or no notification."""
        return self.flaw or self.unpacked.problem


@fast_frozen_dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to hand a capture to an application.

    `status` is None when it did not answer; `failure` and, in words, `error` say why. `error` also says what is wrong
    with an answer that came. Without slots: the process that forwards pickles each, which takes a third of the time.
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
        """Whether the application answered 2xx, and as it should."""
        return self.status is not None and 200 <= self.status < 300 and self.error is None


SANDBOX = "sandbox"
"""The app id of all runs in a sandbox. Each makes up an app, but what one holds the next is to deliver all the same."""


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One `hookscope run`, as the journal remembers it. `targets` are the addresses it forwarded to.

    `key` is the name by which `hookscope.run_registry` knows whether it still goes; `routes` says what each target was
    to get.
    """

    id: int = 0
    key: str = ""
    app_id: str
    objects: tuple[str, ...]
    targets: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    started_at: datetime
    ended_at: datetime | None = None
