"""`import hookscope` offers its names, and loads what is behind them only when they are used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import hookscope
from hookscope import api
from tests.docs.pages import Page, code_in
from tests.support.program import Home

HEAVY = {"aiohttp", "sqlite3", "textual", "rich", "pyngrok", "click"}
_USE = """
import json, sys
import hookscope
first = sorted(sys.modules)
body = b'{"object": "page", "entry": [{"id": "1", "changes": [{"field": "feed", "value": {"item": "like"}}]}]}'
assert hookscope.verify({"X-Hub-Signature-256": hookscope.sign(body, "secret")}, body, "secret")
assert [event.summary for event in hookscope.parse(body)] == ["like"] == [hookscope.summarize(body)]
query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=token"
assert hookscope.answer_handshake(query, "token") == "1"
print(json.dumps([first, sorted(sys.modules)]))
"""


def test_pure_functions_load_no_io(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", _USE], env=home.environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    imported, used = map(set, json.loads(done.stdout))
    assert not HEAVY & used
    assert {name for name in imported if name.startswith("hookscope")} == {"hookscope"}


def test_the_names_are_those_of_the_api() -> None:
    assert hookscope.__all__ == api.__all__
    assert set(hookscope.__all__) <= set(dir(hookscope))
    for name in hookscope.__all__:
        assert getattr(hookscope, name) is getattr(api, name)
        assert getattr(api, name).__doc__


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verifi'"):
        _ = hookscope.verifi  # type: ignore[attr-defined]


def test_types_come_with_it() -> None:
    assert (Path(hookscope.__file__).parent / "py.typed").exists()


def test_the_page_names_every_function_and_error() -> None:
    page = Page("docs/library.md")
    functions = {code.partition("(")[0] for row in page.rows("name") for code in code_in(row[0])}
    assert functions == {name for name in hookscope.__all__ if name[0].islower()} | {"Sandbox"}
    errors = {code_in(row[0])[0]: int(row[1].split(":")[0]) for row in page.rows("error")}
    known = {name: getattr(hookscope, name) for name in hookscope.__all__ if name.endswith("Error")}
    assert errors == {name: error.code for name, error in known.items() if name != "HookscopeError"}
