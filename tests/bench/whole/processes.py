"""What processes take from the machine, as /proc shows it."""

import os
from collections.abc import Iterable
from pathlib import Path

_MIB = 1 << 20


def resident(pids: Iterable[int]) -> float:
    """Return the memory that processes hold, in MiB; what two share is counted twice."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGESIZE") / _MIB


def processor_seconds(pids: Iterable[int]) -> float:
    """Return the processor time that processes have used."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(user) + int(system) for *_, user, system in (found[:13] for found in fields)) / os.sysconf(
        "SC_CLK_TCK"
    )


def descriptors(pids: Iterable[int]) -> int:
    """Return how many files processes have open."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
