"""The tasks of a developer: `nox -l` lists them, `nox` runs those that a change must pass.

`.ci/run` is what decides: it does the same in a fresh copy, and tries the built wheel as well.
"""

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

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
def coverage(session: nox.Session) -> None:
    """Report which lines the tests reach in their own process; what they start is not counted."""
    session.install("-e", ".[test]", "pytest-cov>=6")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", "--cov=hookscope", "--cov-branch", *session.posargs)


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
