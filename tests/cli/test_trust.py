"""A project file is trusted by its path, its content, and a record of the user's own."""

import os
from pathlib import Path

import pytest

from hookscope import paths
from hookscope.cli import trust

CONTENT = b'journal = "here.db"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a trusted file."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / ".hookscope.toml"
    assert not trust.is_trusted(file, CONTENT)
    trust.trust(file, CONTENT)
    return file


def record() -> Path:
    (found,) = paths.trusted_folder().iterdir()
    return found


def test_trust_is_for_this_path_and_this_content_until_it_is_revoked(file: Path) -> None:
    assert trust.is_trusted(file, CONTENT)
    assert not trust.is_trusted(file, CONTENT + b"\n")
    assert not trust.is_trusted(file.parent / "elsewhere" / file.name, CONTENT)
    assert trust.revoke(file)
    assert not trust.is_trusted(file, CONTENT)
    assert not trust.revoke(file)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_record_that_others_may_write_is_no_trust(file: Path, mode: int) -> None:
    record().chmod(mode)
    assert not trust.is_trusted(file, CONTENT)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_record_of_another_user_is_no_trust(file: Path) -> None:
    os.chown(record(), 65534, -1)
    assert not trust.is_trusted(file, CONTENT)


def test_a_link_to_a_record_is_no_trust(file: Path) -> None:
    link = record()
    link.rename(file.parent / "moved")
    link.symlink_to(file.parent / "moved")
    assert not trust.is_trusted(file, CONTENT)
