"""Our own requests, announced to the receiver before they are sent to it.

A trigger carries a header with a random number that counts once, and a probe a random challenge. Nobody else can know
them, so nobody else's request is taken for one of ours. The header goes no further than here: the journal keeps what
Meta would have sent.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope.model.record import Capture, Headers, Request, origin_form
from hookscope.receiver.policy import Decision, query_parameters

_HEADER = b"X-Hookscope-Trigger"


class ExpectedTrigger(Struct):
    """A notification that will come with `header`. `capture` is its capture; None until it arrives."""

    number: bytes = field(default_factory=lambda: secrets.token_hex(16).encode())
    capture: Capture | None = None

    @property
    def header(self) -> tuple[bytes, bytes]:
        """The header line that identifies the trigger."""
        return _HEADER, self.number


class ExpectedTriggers:
    """The triggers that have not arrived yet."""

    def __init__(self) -> None:
        self._open: dict[bytes, ExpectedTrigger] = {}

    @contextmanager
    def expect(self) -> Iterator[ExpectedTrigger]:
        """Announce a notification for as long as the context lasts, or until it arrives."""
        trigger = ExpectedTrigger()
        self._open[trigger.number] = trigger
        try:
            yield trigger
        finally:
            self._open.pop(trigger.number, None)

    def claim(self, request: Request) -> tuple[Request, ExpectedTrigger | None]:
        """Return the request without the header, and the trigger that it is; any other request stays as it is."""
        if not self._open:
            return request, None
        numbers = [value for name, value in request.headers if name == _HEADER]
        trigger = self._open.pop(numbers[0], None) if len(numbers) == 1 else None
        if trigger is None:
            return request, None
        kept: Headers = tuple((name, value) for name, value in request.headers if name != _HEADER)
        return replace(request, headers=kept), trigger


class ExpectedProbes:
    """The verification requests of our own that may still arrive, by their challenges."""

    def __init__(self) -> None:
        self._arrived: dict[str, bool] = {}

    @contextmanager
    def expect(self, challenge: str) -> Iterator[Callable[[], bool]]:
        """Announce a probe for as long as the context lasts; the function tells whether it has arrived."""
        self._arrived[challenge] = False
        try:
            yield lambda: self._arrived[challenge]
        finally:
            del self._arrived[challenge]

    def claim(self, request: Request, decision: Decision) -> bool:
        """Return whether the request is an announced probe that the callback accepts."""
        if not self._arrived or decision.handshake is None or not decision.handshake.accepted:
            return False
        query = dict(query_parameters(origin_form(request.target).partition("?")[2]))
        challenge = query.get("hub.challenge")
        if challenge not in self._arrived:
            return False
        self._arrived[challenge] = True
        return True
