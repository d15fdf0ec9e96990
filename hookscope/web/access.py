"""Access to the screen: for the first browser that opens the printed address."""

import secrets
from enum import Enum, auto
from hmac import compare_digest


class KeyVerdict(Enum):
    """The answer to a key in an address."""

    OPENS = auto()
    """The printed key, used for the first time."""
    HOLDS = auto()
    """The key of the browser that opened the printed address."""
    SPENT = auto()
    WRONG = auto()


class ScreenAccess:
    """Checks keys. The printed one works once, since a terminal's scrollback shows it to others.

    The browser that opens it gets another key, `session`, which works until the end.
    """

    def __init__(self, printed: str) -> None:
        self._printed = printed
        self._is_spent = False
        self.session = secrets.token_urlsafe(32)

    def check(self, key: str) -> KeyVerdict:
        """Return the verdict on a key, and invalidate the printed one."""
        if compare_digest(key.encode(), self.session.encode()):
            return KeyVerdict.HOLDS
        if not compare_digest(key.encode(), self._printed.encode()):
            return KeyVerdict.WRONG
        if self._is_spent:
            return KeyVerdict.SPENT
        self._is_spent = True
        return KeyVerdict.OPENS
