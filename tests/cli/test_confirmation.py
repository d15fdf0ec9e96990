"""Asking before something is changed."""

import io
import os
import pty
from collections.abc import Iterator

import pytest

from hookscope.cli.confirmation import is_confirmed
from hookscope.errors import UsageError


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Have a terminal on stdin, and none on stderr; what is written to the descriptor is typed."""
    descriptor, theirs = pty.openpty()
    with os.fdopen(theirs) as typed:
        monkeypatch.setattr("sys.stdin", typed)
        monkeypatch.setattr("sys.stderr", io.StringIO())
        yield descriptor
    os.close(descriptor)


def test_a_question_that_nobody_would_see_is_refused_and_no_answer_to_it_taken(keyboard: int) -> None:
    os.write(keyboard, b"y\n")
    with pytest.raises(UsageError, match="Delete 3 captures") as refused:
        is_confirmed("Delete 3 captures?")
    assert "--yes" in (refused.value.hint or "")


def test_without_a_terminal_the_command_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert is_confirmed("Delete 3 captures?")
