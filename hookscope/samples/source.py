"""Sources of the shapes of samples."""

from enum import StrEnum

from msgspec import Struct


class SourceKind(StrEnum):
    """The kinds of sources, from the strongest to the weakest."""

    DOCUMENTED = "documented"
    CAPTURED = "captured"
    LIBRARY = "library"
    GENERAL = "general"

    @property
    def words(self) -> str:
        """The kind in words that claim no more than is known."""
        return _WORDS[self]


_WORDS = {
    SourceKind.DOCUMENTED: "documented by Meta",
    SourceKind.CAPTURED: "captured or reported publicly",
    SourceKind.LIBRARY: "as current libraries type it",
    SourceKind.GENERAL: "general knowledge, not confirmed",
}


class SampleSource(Struct, frozen=True, kw_only=True):
    """A page, a repository or a library by its title, and the day (YYYY-MM-DD) on which it was read."""

    kind: SourceKind
    title: str
    read: str

    def __str__(self) -> str:
        return f"{self.kind.words}: {self.title}, read {self.read}"
