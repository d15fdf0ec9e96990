"""What is kept of one request and of what became of it. Immutable; bodies are bytes, headers ordered pairs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hookscope.meta.signature import Signature

Headers = tuple[tuple[bytes, bytes], ...]
"""Name and value as they came: order, case and repetition kept."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came. `target` is the path with its query, `remote` the sender's address behind any proxy."""

    method: str
    target: str
    headers: Headers
    body: bytes
    remote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `elapsed_ms` runs from the last byte of the request until the answer stood; None when unknown."""

    status: int | None
    body: bytes = b""
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The verdict on a verification request."""

    accepted: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event of a notification, as lists show it. `action` is the beginning of `summary`, in a word or two."""

    object: str
    entry_id: str | None
    time: datetime | None
    field: str
    action: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One request that came to the receiver, or that a replay sent. `id` is 0 until the journal has numbered it.

    `problem` says what is wrong with the request beside its signature: a body that is cut off or no notification.
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
    events: tuple[EventLine, ...] = ()
    problem: str | None = None
    duplicate_of: int | None = None
    replay_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to hand a capture to an application. `status` is None when it did not answer; `error` says why."""

    id: int = 0
    capture_id: int
    replay_id: int | None = None
    cause: Cause
    target: str
    sent_at: datetime
    status: int | None
    elapsed_ms: float
    error: str | None = None
    answer: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Whether the application answered 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One `hookscope run`, as the journal remembers it. `targets` are the addresses it forwarded to."""

    id: int = 0
    app_id: str
    objects: tuple[str, ...]
    targets: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None = None
