"""Run all targets, or those that are named, for some time each: `python -m tests.fuzz [--seconds N] [TARGET...]`.

Needs atheris. Bytes that break a target are kept in a file of the folder `fuzz-faults`, which is named; the same
command with `--repeat FILE` runs the target with them again. What is found becomes a test.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

_FAULTS = Path("fuzz-faults")
_SLOW_SECONDS = 10
"""Nothing that arrives may take so long."""
_LARGEST = 16 << 10
_MEMORY_MIB = 2048


def main() -> int:
    """Return 1 if a target was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} [all]")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="the time for each [60]")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="run the target with these bytes alone")
    asked = parser.parse_args()
    if unknown := set(asked.targets).difference(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}: there are {', '.join(TARGETS)}")
    if asked.repeat:
        if len(asked.targets) != 1:
            parser.error("--repeat needs one target")
        TARGETS[asked.targets[0]].check(asked.repeat.read_bytes())
        return 0
    _FAULTS.mkdir(exist_ok=True)
    broken = [name for name in asked.targets or TARGETS if not _holds(name, asked.seconds)]
    print(f"broken: {', '.join(broken)}; see {_FAULTS}" if broken else "all hold")
    return bool(broken)


def _holds(name: str, seconds: int) -> bool:
    print(f"{name}, for {seconds} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(TARGETS[name].seeds):
            (Path(folder) / f"{number}").write_bytes(seed)
        options = (
            f"-max_total_time={seconds}",
            f"-timeout={_SLOW_SECONDS}",
            f"-max_len={_LARGEST}",
            f"-rss_limit_mb={_MEMORY_MIB}",
            f"-artifact_prefix={_FAULTS}/{name}-",
            "-print_final_stats=1",
        )
        ended = subprocess.run([sys.executable, "-m", "tests.fuzz.guided", name, *options, folder], check=False)
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
