"""The verify token in a request's target, also where something on the way has escaped or rewritten its name."""

import re

_NAMES = ("hub.verify_token", "hub_verify_token")
"""PHP and what is written in it turn dots in the names of parameters into underscores."""


def _escaped_or_not(name: str) -> str:
    return "".join(f"(?:{re.escape(char)}|%{ord(char):x}|%{ord(char.upper()):x})" for char in name)


_PARAMETER = re.compile(f"([?&;](?:{'|'.join(map(_escaped_or_not, _NAMES))})=)[^&#]*", re.IGNORECASE)
"""A `;` may be before it, where that was rewritten, but is a part of the token behind it."""


def is_verify_token(name: str) -> bool:
    """Return whether a decoded parameter of that name holds a verify token."""
    return name.lower() in _NAMES


def masked_target(target: str, mask: str) -> str:
    """Return a target with its verify token replaced."""
    return _PARAMETER.sub(rf"\g<1>{mask}", target) if "?" in target else target
