import os
import threading
from pathlib import Path

import pytest

from hookscope import input_files
from hookscope.input_files import open_input, read_input


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2048)
    assert read_input(file, limit=2048) == b"x" * 2048
    with pytest.raises(OSError, match="larger than 1 KiB"):
        read_input(file, limit=1024)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"x" * 200_000,))
    writer.start()
    assert read_input(pipe, limit=1 << 20) == b"x" * 200_000
    writer.join()


def test_an_opened_pipe_waits_for_the_rest_of_its_content(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, b"x")
    descriptor = open_input(str(pipe), os.O_RDONLY)
    assert os.get_blocking(descriptor)
    os.close(descriptor)
    os.close(writer)


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "_SILENT_SECONDS", 0.01)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TimeoutError, match="the pipe delivered nothing"):
        read_input(pipe, limit=1)


def test_a_pipe_is_refused_where_only_files_are_taken(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        read_input(pipe, limit=1, takes_pipes=False)


@pytest.mark.parametrize(("path", "reason"), [("/dev/null", "neither a file nor a pipe"), ("/", "directory")])
def test_devices_and_folders_are_refused(path: str, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        open_input(path, os.O_RDONLY)
