"""What is asked of the history, as far as its index and its columns can answer it.

A query's condition holds for every capture that is wanted. Where it may hold for others too (`exact` is False), and
for captures that are not in the index, `check` decides.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from hookscope.model.record import Capture


@dataclass(frozen=True, slots=True)
class Token:
    """The index has this token of the capture, or, with `begins`, one that begins so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The capture's number is `first` or more, and `last` or less."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Since:
    """The capture was received then or later."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The last that came of handing the capture to any application is like `wanted`, a pattern with `*`.

    That is a status, `err` where there was no answer, or `held`.
    """

    wanted: str

    @property
    def is_rare(self) -> bool:
        """Whether only bad answers are meant, as few as they are: they stand in an index of their own."""
        return self.wanted[0] not in "12*"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold; without parts, always."""

    parts: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any part holds; without parts, never."""

    parts: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The inner condition does not hold."""

    inner: "Condition"


Condition = Token | Numbers | Since | Answered | AllOf | AnyOf | NoneOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which captures are wanted. `check` is given what came of each, if the query `asks_for_answers`."""

    condition: Condition
    check: Callable[[Capture, Collection[str]], bool]
    exact: bool
    asks_for_answers: bool = False


NEVER = AnyOf()
