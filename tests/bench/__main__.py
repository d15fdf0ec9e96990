"""Measure the whole program, beside floors and peers, in one command.

    python -m tests.bench [WORD...] [--rounds N] [--history N] [--compare REV] [--json FILE] [--markdown FILE]

Each round takes every measure once, of each build in turn, so that a machine that drifts shows in all of them alike.
Medians are shown, with the smallest and the largest value; ratios are those of the medians, ours divided by theirs:
of rates a larger one is better, of everything else a smaller one. With words, only measures whose name has one of them
are taken. `--compare` checks another revision out beside this one, and measures both, alternating. `--markdown`
replaces the table in a page, between its two marks.

Peers are measured if their command is on the PATH, each with a stand-in of its service on loopback; the others are
named. The load comes from wrk or hey if one of them is on the PATH.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.markdown import replace_table
from tests.bench.measure import THIS, Build, Figures, Measure
from tests.bench.measures import measures
from tests.bench.report import Report


def main() -> None:
    """Parse the command line, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the whole program.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only measures whose name has one of these words")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="take each measure N times [5]")
    parser.add_argument("--history", type=int, default=1_000_000, metavar="N", help="captures in it [1,000,000]")
    parser.add_argument("--compare", metavar="REV", help="measure another revision beside this one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="replace the table in FILE")
    given = parser.parse_args()
    known = list(measures(given.history))
    chosen = [one for one in known if not given.words or any(word in one.name for word in given.words)]
    if not chosen:
        parser.error("no measure has such a name: " + "; ".join(one.name for one in known))
    with _builds(given.compare) as builds:
        report = Report([build.name for build in builds], given.rounds)
        _measure(chosen, builds, report)
    print(report.text())
    if given.json:
        given.json.write_text(json.dumps(report.values(), indent=1) + "\n")
    if given.markdown:
        replace_table(given.markdown, report)
    sys.exit(bool(report.failures))


@contextmanager
def _builds(revision: str | None) -> Iterator[list[Build]]:
    """Yield what is measured: this checkout, and another revision of it in a folder of its own."""
    if revision is None:
        yield [THIS]
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "revision"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", os.fspath(folder), revision], cwd=THIS.folder, check=True
        )
        try:
            yield [THIS, Build(revision, folder)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", os.fspath(folder)], cwd=THIS.folder, check=True)


def _measure(chosen: Sequence[Measure], builds: Sequence[Build], report: Report) -> None:
    for number in range(report.rounds):
        for measure in chosen:
            print(f"\rround {number + 1} of {report.rounds}: {measure.name:<60}", end="", file=sys.stderr, flush=True)
            for build in builds[:: 1 if number % 2 else -1]:
                _take(measure.name, build.name, lambda: measure.run(build), report)  # noqa: B023
            for name, run in measure.beside.items():
                _take(measure.name, name, run, report)
    print(f"\r{'':<80}\r", end="", file=sys.stderr)


def _take(measure: str, of: str, run: Callable[[], Awaitable[Figures]], report: Report) -> None:
    async def take() -> Figures:
        return await run()

    try:
        report.add(measure, of, asyncio.run(take()))
    except Exception as error:  # The other measures are still worth taking.
        report.fail(measure, of, error)


if __name__ == "__main__":
    main()
