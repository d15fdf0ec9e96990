import json
from pathlib import Path

from hookscope.formats.exporters.registry import export
from tests.support.captures import make_capture
from tests.support.program import Home, call


async def test_an_odd_entry_is_named_and_the_others_are_imported(tmp_path: Path) -> None:
    har = json.loads(export([make_capture(id=5)], "har"))
    har["log"]["entries"].append({"request": {"method": "POST", "url": "/", "headers": [{"name": "\x1b["}]}})
    file, home = tmp_path / "some.har", Home(tmp_path / "home")
    file.write_text(json.dumps(har))
    done = await call(home, "captures", "import", str(file))
    assert done.code == 0
    assert "entry 2 (line 1) is left out: " in done.stderr
    assert "1 imported of 1 notification" in done.stderr
    assert "\x1b" not in done.stderr


async def test_a_file_without_captures_is_said_to_hold_none(tmp_path: Path) -> None:
    file = tmp_path / "empty.har"
    file.write_text('{"log": {"version": "1.2", "entries": []}}')
    done = await call(Home(tmp_path / "home"), "captures", "import", str(file))
    assert (done.code, done.stdout, done.stderr) == (0, "", "the file holds no captures\n")
