"""Access to the screen: for the browser that first shows it at the printed address."""

import secrets
from enum import Enum, auto
from hmac import compare_digest


class KeyVerdict(Enum):
    """The answer to a key in an address."""

    OPENS = auto()
    """The printed key, before a screen is shown."""
    HOLDS = auto()
    """The key of the browser that opened the printed address last."""
    SPENT = auto()
    WRONG = auto()


class ScreenAccess:
    """Checks keys. The printed one is spent once a screen is shown, since a terminal's scrollback shows it to others.

    Each opening makes another key, `session`, and ends the one before; that of the screen works until the end. So
    whatever only fetches the printed address, such as a link preview, takes nothing away.
    """

    def __init__(self, printed: str) -> None:
        self._printed = printed
        self._is_spent = False
        self.session = secrets.token_urlsafe(32)

    def check(self, key: str) -> KeyVerdict:
        """Return the verdict on a key; the printed one makes a new `session`."""
        if compare_digest(key.encode(), self.session.encode()):
            return KeyVerdict.HOLDS
        if not compare_digest(key.encode(), self._printed.encode()):
            return KeyVerdict.WRONG
        if self._is_spent:
            return KeyVerdict.SPENT
        self.session = secrets.token_urlsafe(32)
        return KeyVerdict.OPENS

    def spend(self) -> None:
        """Invalidate the printed key: a screen is shown."""
        self._is_spent = True
