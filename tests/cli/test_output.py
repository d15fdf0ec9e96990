"""No name of a file and no text of a message steers the terminal."""

import asyncio
from pathlib import Path

import pytest

from hookscope.cli import output
from hookscope.cli.app import main
from hookscope.journal.writer import JournalWriter
from tests.support.captures import make_capture

HOSTILE = "x\x1b]0;gotcha\x07\x9b\u202e\ny"
SHOWN = "x␛]0;gotcha␇\ufffd\ufffd␊y"


@pytest.mark.parametrize("arguments", [["ls"], ["captures", "prune", "--keep", "1"]])
def test_the_name_of_a_journal_that_is_not_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--journal", HOSTILE, *arguments])
    assert ended.value.code == 0
    assert f"nothing was captured yet in {SHOWN}" in capsys.readouterr().err


def test_the_name_of_a_journal_without_a_match_and_of_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fill() -> None:
        async with JournalWriter(journal) as writer:
            await writer.append(make_capture())

    journal, to = tmp_path / f"journal{HOSTILE}", tmp_path / f"export{HOSTILE}"
    asyncio.run(fill())
    for arguments, told in (
        (("ls", "--filter", "id:99"), f"journal{SHOWN} matches"),
        (
            ("captures", "export", "1", "--format", "curl", "-o", str(to)),
            f"1 capture exported to {tmp_path}/export{SHOWN}",
        ),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["--journal", str(journal), *arguments])
        assert ended.value.code == 0
        assert told in capsys.readouterr().err
    assert to.exists()


def test_no_message_holds_a_control_character_but_its_line_ends(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_note("one\x1b[2J\u202e\ntwo")
    assert capsys.readouterr().err == "one␛[2J\ufffd\ntwo\n"
