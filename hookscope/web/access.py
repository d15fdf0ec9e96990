"""Who may see the screen: whoever has the address that the command has printed, once, and the browser it opened in."""

import secrets
from enum import Enum, auto
from hmac import compare_digest


class Verdict(Enum):
    """The answer to a key in an address."""

    OPENS = auto()
    """It was the printed one, used for the first time."""
    HOLDS = auto()
    """It belongs to the browser in which the printed one was opened."""
    SPENT = auto()
    WRONG = auto()


class Access:
    """Checks keys. The printed one works once: a terminal's scrollback and a list of processes show it to others.

    The browser that opens it receives another one, `session`, which works until the end.
    """

    def __init__(self, printed: str) -> None:
        self._printed = printed
        self._is_spent = False
        self.session = secrets.token_urlsafe(32)

    def check(self, key: str) -> Verdict:
        """Return the verdict on a key, and spend the printed one."""
        if compare_digest(key.encode(), self.session.encode()):
            return Verdict.HOLDS
        if not compare_digest(key.encode(), self._printed.encode()):
            return Verdict.WRONG
        if self._is_spent:
            return Verdict.SPENT
        self._is_spent = True
        return Verdict.OPENS
