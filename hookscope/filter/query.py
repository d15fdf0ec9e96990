"""Queries of the history, as far as its index and columns can answer them.

A query's condition holds for every wanted capture. If it may hold for others too (`exact` is False), and for captures
that are not in the index, `check` decides.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec import Struct

from hookscope.model.record import Capture


class HasToken(Struct, frozen=True):
    """The index has this token of the capture, or, with `begins`, one that begins with it."""

    text: str
    begins: bool = False


class Numbers(Struct, frozen=True):
    """The capture's id is between `first` and `last`, both included."""

    first: int
    last: int


class OfRuns(Struct, frozen=True):
    """The capture was received by a run with a number between `first` and `last`, both included."""

    first: int
    last: int


class Entries(Struct, frozen=True):
    """The capture is an entry of a shared log, with a number between `first` and `last`, both included."""

    first: int
    last: int


class Since(Struct, frozen=True):
    """The capture was received at that time or later."""

    moment: datetime


class Before(Struct, frozen=True):
    """The capture was received before that time."""

    moment: datetime


class Answered(Struct, frozen=True):
    """The last result of delivering the capture to any application matches `wanted`, a pattern with `*`.

    A result is a status, `err` without an answer, or `held`.
    """

    wanted: str

    @property
    def is_rare(self) -> bool:
        """True if only failures are wanted, which are few: they have an index of their own."""
        return self.wanted[0] not in "12*"

    @property
    def statuses(self) -> tuple[int, int] | None:
        """The first and the last status that can match, where a status must."""
        digits = self.wanted.partition("*")[0]
        return (int(digits.ljust(3, "0")), int(digits.ljust(3, "9"))) if digits.isdecimal() else None


class AllOf(Struct, frozen=True):
    """All parts hold; without parts, always."""

    parts: "tuple[Condition, ...]" = ()


class AnyOf(Struct, frozen=True):
    """Any part holds; without parts, never."""

    parts: "tuple[Condition, ...]" = ()


class NoneOf(Struct, frozen=True):
    """The inner condition does not hold."""

    inner: "Condition"


Condition = HasToken | Numbers | OfRuns | Entries | Since | Before | Answered | AllOf | AnyOf | NoneOf


class Query(Struct, frozen=True, kw_only=True):
    """Selects captures. `check` also takes each capture's results, if the query `asks_for_answers`."""

    condition: Condition
    check: Callable[[Capture, Collection[str]], bool]
    exact: bool
    asks_for_answers: bool = False


NEVER = AnyOf()
