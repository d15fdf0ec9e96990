"""Wildcards: `*` stands for any characters."""

from fnmatch import fnmatchcase

from hookscope.model.search_fields import Key

NO_ANSWER = ("err", "held")
"""The results of a delivery besides a status."""


def term_pattern(key: Key, value: str) -> str:
    """Return the pattern for a term's value, in lower case; a status may have `x` for `*`, as in `2xx`."""
    lowered = value.lower()
    return lowered.replace("x", "*") if key is Key.STATUS else lowered


def answer_pattern(value: str) -> str:
    """Return the pattern for the value of `app:`: a status as above, or one of the words for no answer."""
    return value if value in NO_ANSWER else value.replace("x", "*")


def fits(value: str, wanted: str) -> bool:
    """Return whether a value matches a pattern, ignoring case."""
    return is_like(value.lower(), wanted)


def is_like(value: str, wanted: str) -> bool:
    """Return whether a value matches `wanted`, letter for letter."""
    if "*" not in wanted:
        return value == wanted
    return fnmatchcase(value, wanted.replace("[", "[[]").replace("?", "[?]"))


def beginning(wanted: str) -> str:
    """Return the text before the first `*`."""
    return wanted.partition("*")[0]


def is_beginning(wanted: str) -> bool:
    """Return whether a pattern asks for a beginning and nothing else."""
    return "*" in wanted and not wanted[wanted.index("*") :].strip("*")
