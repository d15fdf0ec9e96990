"""The lock fits what the project asks for, and can be used with any index."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[1]
_EXTRAS = ("mcp", "postgres", "web")
_PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def test_every_dependency_is_locked_to_a_version_that_it_allows() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in _EXTRAS for one in project["optional-dependencies"][extra])]
    locked = {canonicalize_name(name): version for name, version in _PIN.findall(_lock())}
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_every_version_has_hashes_and_none_has_an_address() -> None:
    text = _lock()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if _PIN.match(entry)]
    assert len(entries) > 20
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def _lock() -> str:
    return (_ROOT / "requirements.lock").read_text()
