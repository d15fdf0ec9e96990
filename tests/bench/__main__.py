"""Measure the whole program, in one command.

    python -m tests.bench [WORD...] [--rounds N] [--compare REV] [--json FILE]

Each round measures every figure once, of each build in turn, so that a machine that drifts shows in all of them alike.
Medians are shown, with the smallest and the largest value; ratios are those of the medians. With words, only figures
whose name has one of them. `--compare` checks another revision out beside this one, and measures both: the ratio is how
much faster this one is, for times and for memory as well.

Peers are measured if their command is on the PATH: mitmdump and the Stripe CLI. Others need an account, and are named.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure, figures, missing
from tests.bench.whole_program import Build

_ROOT = Path(__file__).parents[2]

Values = dict[tuple[str, str], list[float]]
"""Measured values, by the name of a figure and of who was measured."""


def main() -> None:
    """Parse the command line, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the whole program.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only figures whose name has one of these words")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="measure each figure N times [5]")
    parser.add_argument("--compare", metavar="REV", help="measure another revision beside this one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to FILE")
    given = parser.parse_args()
    chosen = [one for one in figures() if not given.words or any(word in one.name for word in given.words)]
    if not chosen:
        parser.error("no figure has such a name: " + ", ".join(one.name for one in figures()))
    with _builds(given.compare) as builds:
        values = _measure(chosen, builds, given.rounds)
    for line in _table(chosen, builds, values):
        print(line)
    if absent := missing():
        print(f"not measured, since not installed: {', '.join(absent)}")
    if given.json:
        given.json.write_text(json.dumps(_report(chosen, builds, values, given.rounds), indent=1) + "\n")


@contextmanager
def _builds(revision: str | None) -> Iterator[list[Build]]:
    """Yield what is measured: this checkout, and another revision of it in a folder of its own."""
    ours = Build("this", _ROOT)
    if revision is None:
        yield [ours]
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "revision"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", os.fspath(folder), revision], cwd=_ROOT, check=True
        )
        try:
            yield [ours, Build(revision, folder)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", os.fspath(folder)], cwd=_ROOT, check=True)


def _measure(chosen: Sequence[Figure], builds: Sequence[Build], rounds: int) -> Values:
    values: Values = {}
    for number in range(rounds):
        for figure in chosen:
            print(f"\rround {number + 1} of {rounds}: {figure.name:<50}", end="", file=sys.stderr, flush=True)
            for build in builds[:: 1 if number % 2 else -1]:
                values.setdefault((figure.name, build.name), []).append(asyncio.run(_await(figure.measure(build))))
            for name, measure in figure.beside.items():
                values.setdefault((figure.name, name), []).append(asyncio.run(_await(measure())))
    print(f"\r{'':<70}\r", end="", file=sys.stderr)
    return values


async def _await(measured: Awaitable[float]) -> float:
    return await measured


def _table(chosen: Sequence[Figure], builds: Sequence[Build], values: Values) -> Iterator[str]:
    ours = builds[0].name
    for figure in chosen:
        measured = values[figure.name, ours]
        yield f"{figure.name:<34} {_shown(measured, figure.unit)}"
        for name in (*(build.name for build in builds[1:]), *figure.beside):
            other = values[figure.name, name]
            yield f"    {name:<30} {_shown(other, figure.unit)}   {_ratio(figure, measured, other):5.2f} ×"


def _shown(measured: Sequence[float], unit: str) -> str:
    digits = 0 if unit == "/s" else 1
    middle, least, most = (
        f"{value:,.{digits}f}" for value in (statistics.median(measured), min(measured), max(measured))
    )
    return f"{middle:>9} {unit:<3}  ({least} to {most})"


def _ratio(figure: Figure, ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how many times better we are: faster, or smaller."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    return ratio if figure.is_rate else 1 / ratio


def _report(chosen: Sequence[Figure], builds: Sequence[Build], values: Values, rounds: int) -> dict[str, object]:
    return {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "rounds": rounds,
        "builds": [build.name for build in builds],
        "figures": [
            {
                "name": figure.name,
                "unit": figure.unit,
                "values": {name: found for (of, name), found in values.items() if of == figure.name},
            }
            for figure in chosen
        ],
        "not_measured": missing(),
    }


if __name__ == "__main__":
    main()
