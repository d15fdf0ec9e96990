"""The tasks of a developer: `nox -l` lists them, `nox` runs those that a change must pass.

`.ci/run` is what decides: it does the same in a fresh copy, and tries the built wheel as well.
"""

from pathlib import Path

import nox

LOCK = "requirements.lock"
_LOCK_HEADER = (
    "# Exact versions of what hookscope and its extras mcp, postgres, and web need, on every platform. "
    "Made by: nox -s lock\n"
)

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]

nox.options.sessions = ["check", "test"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def check(session: nox.Session) -> None:
    """Lint, formatting, types, and import contracts."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def test(session: nox.Session) -> None:
    """Run the tests that the README's line runs; arguments after `--` go to pytest."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest versions of all dependencies that `pyproject.toml` allows."""
    session.install("uv>=0.8")
    place = ("--python", session.virtualenv.location)
    session.run("uv", "pip", "install", *place, "--resolution", "lowest-direct", "-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """Run the long histories and every property with all of its examples."""
    session.install("-e", ".[test]")
    session.run(
        "python",
        "-m",
        "pytest",
        "-q",
        "-n",
        "auto",
        "-m",
        "slow or hypothesis",
        "--hypothesis-profile",
        "full",
        *session.posargs,
    )


@nox.session
def faults(session: nox.Session) -> None:
    """Break everything at random: `nox -s faults -- --fault-runs 200 --fault-seed 7 --fault-minutes 60`."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-n", "2", "-m", "faults", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Check every property with ten times its examples; arguments after `--` go to pytest."""
    session.install("-e", ".[test]")
    profile = ("--hypothesis-profile", "nightly", "--timeout", "3600")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", "-m", "hypothesis", *profile, *session.posargs)


@nox.session(name="fuzz-guided")
def fuzz_guided(session: nox.Session) -> None:
    """Have atheris look for bytes that break something: `nox -s fuzz-guided -- --seconds 600 notification`."""
    session.install("-e", ".[test]", "atheris>=3.0")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities in the locked dependencies; needs the network."""
    session.install("pip-audit>=2.9")
    session.run("pip-audit", "--disable-pip", "--require-hashes", "--requirement", LOCK, *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Lock the newest versions of all dependencies, for every platform, with hashes and without an index."""
    session.install("uv>=0.8")
    extras = [part for extra in ("mcp", "postgres", "web") for part in ("--extra", extra)]
    shape = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate")
    session.run("uv", "pip", "compile", "pyproject.toml", *extras, *shape, "--no-header", "--upgrade", "-o", LOCK)
    lines = Path(LOCK).read_text(encoding="utf-8")
    Path(LOCK).write_text(f"{_LOCK_HEADER}\n{lines}", encoding="utf-8")


@nox.session
def coverage(session: nox.Session) -> None:
    """Report which lines the tests reach in their own process; what they start is not counted."""
    session.install("-e", ".[test]", "pytest-cov>=6")
    measured = ("--cov=hookscope", "--cov-branch", "--timeout", "300")  # Traced, it takes longer.
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *measured, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken link is an error."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the whole program, or a part: `nox -s bench -- capture --compare main`."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.bench", *session.posargs)
