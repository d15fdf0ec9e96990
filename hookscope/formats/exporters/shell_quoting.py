"""Shell quoting that POSIX shells and fish read the same way."""

import re

_BARE = re.compile(r"[A-Za-z0-9_./:=,+-]+")
_TYPABLE = re.compile(rb"[\x20-\x7e\n]*")
_PLAIN = frozenset(b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !#$&()*+,-./:;<=>?@[]^_`{|}~"')
_LONGEST_ARGUMENT = 100_000
"""Bytes. Linux gives one argument of a program 128 KiB; what a shell's own printf writes has no limit."""


def quote(text: str) -> str:
    """Quote one word of a command line.

    fish takes a backslash before `'` or a backslash as an escape, even within quotes.
    """
    if _BARE.fullmatch(text):
        return text
    return "'" + re.sub(r"'|\\(?=[\\']|\Z)", lambda found: f"'\\{found[0]}'", text) + "'"


def is_printable(data: bytes) -> bool:
    """Return whether bytes survive being pasted on a command line: printable ASCII and newlines."""
    return len(data) <= _LONGEST_ARGUMENT and _TYPABLE.fullmatch(data) is not None


def printf(data: bytes) -> str:
    """Return a command that writes exactly these bytes."""
    dash = data[:1] == b"-"  # At the beginning it would be an option.
    return "printf '" + "\\055" * dash + "".join(map(_OCTAL.__getitem__, data[dash:])) + "'"


def argument(data: bytes) -> str:
    """Return one word that stands for these bytes, which hold no NUL and no newline at their end."""
    return quote(data.decode("ascii")) if is_printable(data) else f'"$({printf(data)})"'


_OCTAL = tuple("%%" if byte == 0x25 else chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in range(256))
