"""The verdict of one check: its state, its reason, and the next step."""

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """The state of a finding; the values are part of the JSON output."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def mark(self) -> str:
        """The character that stands for it, in the commands' output and on the screen."""
        return _MARKS[self]


_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.UNKNOWN: "·"}


class Finding(Struct, frozen=True, kw_only=True):
    """The verdict of one check.

    `id` names the check or the fault, such as `handshake.wrong-token`, and never changes once published. `what` says
    what was found, `why` gives the cause when there is one to give, and `next_step` says what to do or to type; both
    are None for a check that passed and leaves nothing to mention. A finding in state UNKNOWN says in `why` what keeps
    it from being known. `fix` holds the arguments of the hookscope command that is the next step, if that is safe to
    run and has a way back. No text holds a secret, and text from outside is not yet safe for a terminal.

    >>> Finding(id="tunnel.up", state=State.OK, what="the tunnel is up").as_json()
    {'id': 'tunnel.up', 'state': 'ok', 'what': 'the tunnel is up', 'why': None, 'next_step': None}
    """

    id: str
    state: State
    what: str
    why: str | None = None
    next_step: str | None = None
    fix: tuple[str, ...] | None = None

    @property
    def failed(self) -> bool:
        """True for a fault; a warning or an unknown state is none."""
        return self.state is State.FAILED

    def as_json(self) -> dict[str, str | None]:
        """Return the finding as an object of the JSON output."""
        return {
            "id": self.id,
            "state": self.state.value,
            "what": self.what,
            "why": self.why,
            "next_step": self.next_step,
        }
