"""Values with `*` in them, which stands for any characters."""

from fnmatch import fnmatchcase

from hookscope.model.search_fields import Key

NO_ANSWER = ("err", "held")
"""What can come of handing a capture to an application beside a status."""


def wildcard_to_regex(key: Key, value: str) -> str:
    """The pattern that a term asks for: in a status, each `x` stands for digits, as in `2xx`."""
    lowered = value.lower()
    return lowered.replace("x", "*") if key is Key.STATUS else lowered


def answer_pattern(value: str) -> str:
    """The pattern that `app:` asks for: a status as in `pattern`, or one of the words for no answer."""
    return value if value in NO_ANSWER else value.replace("x", "*")


def fits(value: str, wanted: str) -> bool:
    """Whether a value is as a pattern says, without regard to case."""
    return is_like(value.lower(), wanted)


def is_like(value: str, wanted: str) -> bool:
    """Whether a value is as `wanted` says, letter for letter."""
    if "*" not in wanted:
        return value == wanted
    return fnmatchcase(value, wanted.replace("[", "[[]").replace("?", "[?]"))


def beginning(wanted: str) -> str:
    """What stands before the first `*`."""
    return wanted.partition("*")[0]


def is_beginning(wanted: str) -> bool:
    """Whether a pattern asks for a beginning and nothing else."""
    return "*" in wanted and not wanted[wanted.index("*") :].strip("*")
