"""The verify token in a request's target, also where something on the way has escaped or rewritten its name."""

import re
from urllib.parse import unquote_plus

_NAMES = ("hub.verify_token", "hub_verify_token")
"""PHP and what is written in it turn dots in the names of parameters into underscores."""

_PARAMETER = re.compile(r"(?<=[?&;])([^=&;#]*)=([^&;#]*)")


def is_verify_token(name: str) -> bool:
    """Return whether a decoded parameter of that name holds a verify token."""
    return name.lower() in _NAMES


def masked_target(target: str, mask: str) -> str:
    """Return a target with its verify token replaced."""

    def masked(parameter: re.Match[str]) -> str:
        name = parameter[1]
        return f"{name}={mask}" if is_verify_token(unquote_plus(name)) else parameter[0]

    return _PARAMETER.sub(masked, target) if "?" in target else target
