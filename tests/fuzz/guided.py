"""One target under atheris: `python -m tests.fuzz.guided TARGET [options of libFuzzer] CORPUS`. It ends at a fault."""

import sys
from importlib import import_module

atheris = import_module("atheris")  # Not by a statement: it is installed for this alone.

with atheris.instrument_imports(include=["hookscope"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Feed the target bytes until the time is over, or one breaks it."""
    _, name, *options = sys.argv
    atheris.Setup([name, *options], TARGETS[name].check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
