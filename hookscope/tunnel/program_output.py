"""A tunnel program's output: the public URL in it, and the faults that it names."""

import re
from collections import deque

from msgspec import Struct

from hookscope.errors import UsageError
from hookscope.urls import check_public_url

_PLAIN_URL = re.compile(r"\bhttp://(?!localhost\b|127\.|\[::1\])[^\s\"'<>|]+")
_ADDRESS = re.compile(r"[!-~]+")
_TROUBLE = re.compile(r"\b(err|error|lost|clos(ed|ing)|terminated|disconnect|reconnect|retry|fail)", re.IGNORECASE)
_LAST_LINES = 3
_MOST_URLS = 4
_LONGEST_QUOTE = 300


class ProgramFault(Struct, frozen=True, kw_only=True):
    """A known failure: the pattern that recognizes it in a line, its meaning, and the next step."""

    sign: re.Pattern[str]
    meaning: str
    hint: str


class Dialect(Struct, frozen=True, kw_only=True):
    """The patterns of a program's output: its public URL and its errors.

    `url` finds the public URL in a line, as its first group, or else the whole match; a bare host name stands for
    https. For a program that prints no URL, `known_url` is the URL, and `ready` finds the line that says it is up. With
    both `url` and `ready`, both must have matched. With `is_exact`, a later match of `url` is a new address; otherwise
    it may be any link.
    """

    url: re.Pattern[str] | None = None
    known_url: str | None = None
    ready: re.Pattern[str] | None = None
    faults: tuple[ProgramFault, ...] = ()
    is_exact: bool = True


class Transcript:
    """The relevant output of a program since its start."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._is_ready = dialect.ready is None
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._plain: str | None = None
        self.urls: list[str] = [dialect.known_url] if dialect.known_url else []
        self.fault: ProgramFault | None = None
        self.fault_line = ""

    @property
    def is_up(self) -> bool:
        """True once the public URL is known and the program is up."""
        return self._is_ready and bool(self.urls)

    @property
    def plain_url(self) -> str | None:
        """A URL that Meta would not deliver to, if the program printed no better one."""
        return None if self.urls else self._plain

    @property
    def last_words(self) -> str:
        """The last lines, in one, at most 300 characters."""
        return " | ".join(self._last)[-_LONGEST_QUOTE:]

    def add_line(self, line: str) -> bool:
        """Take the next line; return whether it hints at trouble."""
        self._last.append(line)
        self._note_fault(line)
        if self._dialect.ready and self._dialect.ready.search(line):
            self._is_ready = True
        if self._dialect.url:
            for found in self._dialect.url.finditer(line):
                self._note_url(next(filter(None, found.groups()), "") if found.re.groups else found[0])
        if plain := _PLAIN_URL.search(line):
            self._plain = self._plain or plain[0]
        return bool(_TROUBLE.search(line))

    def _note_fault(self, line: str) -> None:
        for fault in self._dialect.faults if self.fault is None else ():
            if fault.sign.search(line):
                self.fault, self.fault_line = fault, line
                return

    def _note_url(self, text: str) -> None:
        if not _ADDRESS.fullmatch(text):
            return
        try:
            url = check_public_url(text.rstrip(".,;:)]"))
        except UsageError:
            return
        if url not in self.urls[-1:]:
            self.urls.append(url)
            del self.urls[:-_MOST_URLS]


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return the user's own expression for a URL. Raises UsageError."""
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(
            f"--tunnel-url-pattern is not a regular expression: {error}",
            hint=r"write something like 'https://\S+\.example\.com'; the first group is the URL, if there is one",
        ) from error
