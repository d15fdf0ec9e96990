import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.private_files import write_private


def test_a_file_is_readable_for_its_user_alone_and_replaces_another(tmp_path: Path) -> None:
    file = tmp_path / "out.har"
    file.write_bytes(b"before")
    file.chmod(0o644)
    write_private(file, [b"a", b"b"])
    assert file.read_bytes() == b"ab"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_stays_as_it_was_when_its_successor_cannot_be_completed(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a" * 100_000
        raise OSError(28, "No space left on device")

    file = tmp_path / "out.har"
    file.write_bytes(b"before")
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        write_private(file, pieces())
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"  # No device of this machine: root would replace it if this failed.
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as executor:
        content = executor.submit(pipe.read_bytes)
        write_private(pipe, [b"a", b"b"])
        assert pipe.is_fifo()
        assert content.result() == b"ab"
