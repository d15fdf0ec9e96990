"""A measure of the command, and the builds of hookscope that it is taken of."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, field

Figures: TypeAlias = Mapping[str, float]
"""The figures that one measurement gives, by their unit or by name and unit: `/s`, `p99 ms`."""


class Build(Struct, frozen=True):
    """A revision of hookscope: its name, and the folder that holds it."""

    name: str
    folder: Path


THIS = Build("hookscope", Path(__file__).parents[2])
"""This checkout."""


class Measure(Struct, frozen=True):
    """Something to measure of each build, and the same of others, by name, once in each round."""

    name: str
    run: Callable[[Build], Awaitable[Figures]]
    beside: Mapping[str, Callable[[], Awaitable[Figures]]] = field(default_factory=dict)
