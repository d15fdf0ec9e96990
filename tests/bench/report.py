"""The values of a run of the command, and its table."""

import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tests.bench import generator
from tests.bench.measure import Figures
from tests.bench.peers.registry import missing

_PARTS = ("p50", "p99")
"""Beginnings of units that belong to the name of a row."""


class Comparison(Struct, frozen=True):
    """A figure of somebody else, and ours divided by it."""

    of: str
    values: Sequence[float]
    ratio: float


class Row(Struct, frozen=True):
    """A figure of ours, and the same of others."""

    measure: str
    unit: str
    values: Sequence[float]
    others: Sequence[Comparison]


class Report:
    """What was measured, and what could not be."""

    def __init__(self, builds: Sequence[str], rounds: int) -> None:
        self.rounds = rounds
        self.failures: list[str] = []
        self._ours, self._builds = builds[0], builds
        self._values: dict[str, dict[str, dict[str, list[float]]]] = {}

    def add(self, measure: str, of: str, figures: Figures) -> None:
        """Add the figures of one measurement."""
        taken = self._values.setdefault(measure, {})
        for unit, value in figures.items():
            taken.setdefault(unit, {}).setdefault(of, []).append(value)

    def fail(self, measure: str, of: str, error: Exception) -> None:
        """Note a measurement that failed."""
        self.failures.append(f"{measure}, {of}: {error!r:.300}")

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the table."""
        for measure, units in self._values.items():
            for unit, taken in units.items():
                if ours := taken.get(self._ours):
                    part, _, rest = unit.partition(" ")
                    title, unit_ = (f"{measure}, {part}", rest) if part in _PARTS else (measure, unit)
                    yield Row(title, unit_, ours, list(_comparisons(ours, self._ours, taken)))

    def text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.conditions]
        for row in self.rows():
            lines.append(f"{row.measure:<46} {shown(row.values, row.unit)}  {spread(row.values)}")
            lines += [
                f"    {other.of:<42} {shown(other.values, row.unit)}  {other.ratio:6.2f} ×" for other in row.others
            ]
        lines += [f"failed: {failure}" for failure in self.failures]
        lines += [f"not installed, not measured: {', '.join(missing())}"] if missing() else []
        return "\n".join(lines)

    @property
    def conditions(self) -> str:
        """The machine, and how it was measured."""
        return (
            f"{os.cpu_count()} cores, {platform.platform(terse=True)}, Python {platform.python_version()}, "
            f"load from {generator.name()}, medians of {self.rounds}"
        )

    def values(self) -> Mapping[str, object]:
        """Return everything, for JSON."""
        return {
            "conditions": self.conditions,
            "builds": self._builds,
            "measures": self._values,
            "failures": self.failures,
            "not_measured": missing(),
        }


def _comparisons(ours: Sequence[float], name: str, taken: Mapping[str, Sequence[float]]) -> Iterator[Comparison]:
    for of, values in taken.items():
        if of != name:
            theirs = statistics.median(values)
            yield Comparison(of, values, statistics.median(ours) / theirs if theirs else float("inf"))


def shown(values: Sequence[float], unit: str) -> str:
    """Return the median with its unit."""
    return f"{_number(statistics.median(values)):>9}{'' if unit.startswith('/') else ' '}{unit}"


def spread(values: Sequence[float]) -> str:
    """Return the smallest and the largest value, if there are several."""
    return f"({_number(min(values))} to {_number(max(values))})" if len(values) > 1 else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
