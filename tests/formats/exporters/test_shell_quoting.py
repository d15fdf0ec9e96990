import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookscope.formats.exporters.shell_quoting import argument, is_printable, printf, quote
from tests.support.examples import examples
from tests.support.shells import SHELLS

_TYPED = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.just("\n"), max_size=30)


@pytest.mark.parametrize("shell", SHELLS)
@given(st.lists(_TYPED, min_size=1, max_size=20))
@example(["\\", "\\'", "'\\\\'", "a\\\n", '$HOME `id` "!!" *', "-n", "~", "", "\n\n", "%s\\0"])
@examples(25)
def test_a_shell_reads_what_was_quoted(shell: str, texts: list[str]) -> None:
    command = "printf '%s\\000' " + " ".join(map(quote, texts))
    said = subprocess.run([shell], input=command.encode(), capture_output=True, timeout=20, check=True).stdout
    assert said == b"".join(text.encode() + b"\0" for text in texts)


@pytest.mark.parametrize("shell", SHELLS)
@given(st.binary(max_size=200))
@example(bytes(range(256)) + b"0123")
@example(b"-v x")
@example(b"%s%n\\n\\055")
@examples(25)
def test_printf_writes_the_bytes(shell: str, data: bytes) -> None:
    said = subprocess.run([shell], input=printf(data).encode(), capture_output=True, timeout=20, check=True).stdout
    assert said == data


def test_text_that_a_terminal_would_change_is_not_typed() -> None:
    assert is_printable(b"plain 'text'\nof two lines")
    assert not is_printable(b"a\tb")
    assert not is_printable("é".encode())
    assert not is_printable(b"x" * 200_000)
    assert argument(b"\xe4") == "\"$(printf '\\344')\""
