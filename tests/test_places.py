import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hookscope import paths
from hookscope.cli import config
from hookscope.errors import HookscopeError, UsageError

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")


def _of_somebody_else(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    os.chown(folder, 12345, 12345)


def _link_of_somebody_else(folder: Path) -> None:
    folder.symlink_to(folder.parent)
    os.lchown(folder, 12345, 12345)


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path for everything: tests have long ones."""
    short = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "no-such-folder"))
    monkeypatch.setenv("XDG_STATE_HOME", str(short / "state"))
    yield short
    shutil.rmtree(short)


@pytest.mark.parametrize(
    "squat",
    [
        pytest.param(_of_somebody_else, marks=needs_root),
        pytest.param(_link_of_somebody_else, marks=needs_root),
        Path.touch,
    ],
)
def test_a_runtime_folder_that_is_not_this_users_is_never_used(
    homes: Path, squat: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    squatted = homes / f"hookscope-{os.getuid()}"
    assert paths.socket_folder() == squatted
    squatted.rmdir()
    squat(squatted)
    assert paths.socket_folder() == homes / "state" / "hookscope" / "sockets"
    assert paths.socket_folder().stat().st_mode & 0o777 == 0o700

    runtime = homes / "r"
    runtime.mkdir()
    squat(runtime / "hookscope")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert paths.socket_folder() == homes / "state" / "hookscope" / "sockets"


def test_where_no_folder_can_be_used_each_is_named(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = homes / f"hookscope-{os.getuid()}"
    taken.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(homes / ("x" * 100)))
    with pytest.raises(HookscopeError, match=f"{taken} is not a folder; the path .* is too long") as error:
        paths.socket_folder()
    assert "XDG_RUNTIME_DIR" in str(error.value.hint)


@needs_root
def test_the_state_folder_of_somebody_else_is_an_error_in_words(tmp_path: Path) -> None:
    _of_somebody_else(tmp_path / "state")
    with pytest.raises(HookscopeError, match="belongs to somebody else"):
        paths.private_folder(tmp_path / "state")


def test_every_folder_that_is_made_is_for_this_user_only(tmp_path: Path) -> None:
    previous = os.umask(0o022)
    try:
        made = paths.private_folder(tmp_path / "state" / "hookscope" / "logs")
    finally:
        os.umask(previous)
    assert [oct(folder.stat().st_mode & 0o777) for folder in (made, *made.parents[:2])] == ["0o700"] * 3
    assert paths.private_folder(made) == made


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert paths.private_folder(tmp_path / "open").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the system does not know, as containers have them, in a folder with something in place of a home."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "~" / ".config" / "hookscope" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('app_id = "1"')
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("homeless")
def test_without_a_home_nothing_is_left_in_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("", "state", "~/state"):
        monkeypatch.setenv("XDG_STATE_HOME", given)
        with pytest.raises(UsageError, match="no home folder") as caught:
            paths.journal_file()
        assert "XDG_STATE_HOME" in (caught.value.hint or "")
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert paths.ledger_file() == Path("/somewhere/hookscope/ledger.db")


@pytest.mark.usefixtures("homeless")
def test_without_a_home_no_file_of_the_current_folder_counts_as_the_users_own() -> None:
    assert paths.user_config_file() is None
    assert config.files(None) == []
    assert not config.load(None)
    assert not config.load_keys(None)


def test_a_folder_that_a_variable_names_relatively_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    assert paths.state_folder().is_relative_to(tmp_path)
    assert (paths.user_config_file() or Path()).is_relative_to(tmp_path)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^x{60}… is not a path: it is too long"):
        paths.named("x" * 5000)
    with pytest.raises(UsageError, match="is too long"):
        paths.named("☃" * 200)
