"""A third-party library at a pinned version, and the rows of the table that it yields."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import asdict

from tests.interop.installation import Installation

Registry = Literal["pip", "npm"]


class Outcome(Struct, frozen=True, kw_only=True):
    """One thing that was tried with a library. `detail` says why it does not work, or is empty."""

    ran: str
    works: bool
    detail: str = ""


class Library(Struct, frozen=True, kw_only=True):
    """A library, what to install for it, and the check that tries it.

    `requirements` are pinned, as the registry's installer takes them, and the library's own comes first. `known` maps
    an outcome that need not work to the reason. `overrides` are versions of npm packages that others ask for, in place
    of some that the registry does not have. `python` is the oldest Python that a library of pip's runs with.
    """

    name: str
    version: str
    registry: Registry
    requirements: tuple[str, ...]
    check: Callable[[Installation], Awaitable[list[Outcome]]]
    known: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    python: tuple[int, int] = (3, 11)


class Row(Struct, frozen=True, kw_only=True):
    """A line of the table. `expected` is False for what need not work, and `reason` says why."""

    library: str
    version: str
    ran: str
    works: bool
    result: str
    expected: bool
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        """True if something that should work does not."""
        return self.expected and not self.works

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self)


def row_of(library: Library, outcome: Outcome) -> Row:
    """Return the row that tells an outcome."""
    reason = library.known.get(outcome.ran)
    result = "works" if outcome.works else " ".join(f"fails: {outcome.detail}".split())
    return Row(
        library=library.name,
        version=library.version,
        ran=outcome.ran,
        works=outcome.works,
        result=f"{result} (known: {reason})" if reason else result,
        expected=reason is None,
        reason=reason or "",
    )
