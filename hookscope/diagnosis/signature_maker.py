"""The known app secrets, asked which of them made a signature."""

from collections.abc import Mapping

from hookscope.meta import signature

_SHORTEST = 16
"""Hex digits: fewer may begin a signature by chance."""


class SignatureMaker:
    """Finds the secret that made a signature. `secrets` has them by a name that may be shown, the app's own first."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def of(self, value: bytes, body: bytes, algorithm: str = "sha256") -> str | None:
        """Return the name of the secret that made a header's value for the body, or None."""
        prefix = f"{algorithm}=".encode()
        if not value.startswith(prefix):
            return None
        return next(
            (
                name
                for name, secret in self._secrets.items()
                if signature.made_by((secret,), value[len(prefix) :], body, algorithm)
            ),
            None,
        )

    def of_beginning(self, value: bytes, body: bytes, algorithm: str) -> str | None:
        """Return the name of the secret whose signature begins with the value, which is cut off, or None."""
        if len(value) < len(algorithm) + 1 + _SHORTEST:
            return None
        for name, secret in self._secrets.items():
            whole = signature.sign(body, secret, algorithm).encode()
            if len(value) < len(whole) and whole.startswith(value):
                return name
        return None

    def note(self, name: str) -> str:
        """Return a sentence's end that names the secret, unless it is the app's own."""
        return "" if name == next(iter(self._secrets)) else f"; it was made with {name}"
