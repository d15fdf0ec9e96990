import os
from pathlib import Path

from hookscope import places


def test_every_folder_that_is_made_is_for_this_user_only(tmp_path: Path) -> None:
    previous = os.umask(0o022)
    try:
        made = places.private_folder(tmp_path / "state" / "hookscope" / "logs")
    finally:
        os.umask(previous)
    assert [oct(folder.stat().st_mode & 0o777) for folder in (made, *made.parents[:2])] == ["0o700"] * 3
    assert places.private_folder(made) == made


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert places.private_folder(tmp_path / "open").stat().st_mode & 0o777 == 0o700
