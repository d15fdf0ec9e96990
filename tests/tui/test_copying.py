"""Copying, exporting and comparing."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.support.captures import SECRET, batch_body, feed_body, make_capture
from tests.tui.stage import SIZES, Stage, stage


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The current folder."""
    before, folder = Path.cwd(), tmp_path / "here"
    folder.mkdir()
    os.chdir(folder)
    yield folder
    os.chdir(before)


async def two_marked(shown: Stage) -> None:
    """Set up three captures, of which the first and the last are marked."""
    first = feed_body("Is this still available?", time=1449135003, comment_id="901_903")
    last = feed_body("It is.", time=1449135999, comment_id="901_999", parent_id="901_903")
    await shown.engine.receive(make_capture(first), make_capture(feed_body("between")), make_capture(last))
    await shown.until(lambda: shown.app.main.timeline.count == 3)
    await shown.press("m")
    await shown.see("◆")
    await shown.press("g", "m")
    await shown.until(lambda: shown.frame().count("◆") >= 2)


async def test_two_marked_events_of_a_batch_are_compared_exported_and_replayed_alone(
    tmp_path: Path, folder: Path
) -> None:
    async with stage(tmp_path, targets=("http://localhost:3000/hook",)) as shown:
        await shown.engine.receive(make_capture(batch_body("one", "two", "three")))
        await shown.until(lambda: shown.app.main.timeline.count == 4)
        await shown.press("m")
        await shown.until(lambda: shown.frame().count("◆") == 1)
        await shown.press("k", "k", "m")
        await shown.until(lambda: shown.frame().count("◆") == 2)
        await shown.press("equals_sign")
        await shown.see("Compare #1.1 with #1.3", "one", "three")
        await shown.press("escape", "x", *"raw", "enter")
        await shown.see("Export the 2 marked events as raw")
        await shown.press("enter")
        await shown.see("✓ exported the 2 marked events")
        await shown.press("r")
        await shown.see("Replay 2 events")
        await shown.until(lambda: len(shown.engine.replays) == 2)
        assert [str(ref) for ref, _ in shown.engine.replays] == ["1.1", "1.3"]
    exported = folder / "hookscope-2-captures"
    assert sorted(file.name for file in exported.iterdir()) == ["1.1.json", "1.3.json"]
    assert b"three" not in (exported / "1.1.json").read_bytes()


async def test_y_copies_the_body_then_the_headers_then_a_command_for_curl(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("y")
        await shown.see("copied the body of #1", "y again: headers")
        assert shown.app.clipboard == feed_body().decode()
        await shown.press("y")
        await shown.see("copied the headers of #1", "y again: curl")
        assert "X-Hub-Signature-256: sha256=" in shown.app.clipboard
        await shown.press("y")
        await shown.see("copied #1 for curl", "y again: body")
        assert shown.app.clipboard.startswith("curl -X POST ")


@pytest.mark.slow
async def test_another_capture_is_copied_from_its_body_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(), make_capture(feed_body("second")))
        await shown.see(": second")
        await shown.press("y")
        await shown.see("copied the body of #2")
        await shown.press("k", "y")
        await shown.see("copied the body of #1")


async def test_the_selected_capture_is_exported_to_a_file_that_only_its_user_reads(
    tmp_path: Path, folder: Path
) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("x")
        await shown.see("Export #1 as", "commands for curl", "tests that send it")
        await shown.press(*"har", "enter")
        await shown.see("Export #1 as har", "hookscope-1.har")
        await shown.press("enter")
        await shown.see("✓ exported #1 to hookscope-1.har")
        file = folder / "hookscope-1.har"
        assert len(json.loads(file.read_bytes())["log"]["entries"]) == 1
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.slow
async def test_a_format_that_is_typed_whole_is_the_one_that_is_taken(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("x", *"http", "enter")
        await shown.see("Export #1 as http", "hookscope-1.http")


@pytest.mark.slow
async def test_marked_captures_are_exported_together_and_nothing_is_overwritten(tmp_path: Path, folder: Path) -> None:
    (folder / "hookscope-2-captures.ndjson").write_text("mine")
    async with stage(tmp_path) as shown:
        await two_marked(shown)
        await shown.press("x", *"ndjson", "enter")
        await shown.see("Export the 2 marked captures as ndjson", "hookscope-2-captures-1.ndjson")
        await shown.press("end", "ctrl+u", *"hookscope-2-captures.ndjson", "enter")
        await shown.see("✗ hookscope-2-captures.ndjson already exists", "→ type another name")
        await shown.press("end", "ctrl+u", *"other.ndjson", "enter")
        await shown.see("✓ exported the 2 marked captures to other.ndjson")
    assert (folder / "hookscope-2-captures.ndjson").read_text() == "mine"
    assert [json.loads(line)["id"] for line in (folder / "other.ndjson").read_text().splitlines()] == [1, 3]


@pytest.mark.slow
async def test_several_bodies_go_into_a_folder(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path) as shown:
        await two_marked(shown)
        await shown.press("x", *"raw", "enter")
        await shown.see("hookscope-2-captures")
        assert "ctrl+y" not in shown.frame()
        await shown.press("enter")
        await shown.see("✓ exported the 2 marked captures")
    assert sorted(file.name for file in (folder / "hookscope-2-captures").iterdir()) == ["1.json", "3.json"]


@pytest.mark.slow
async def test_an_export_can_be_copied_instead_without_its_secrets(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path) as shown:
        body = json.dumps({"access_token": "a-token-that-opens-doors"}).encode()
        await shown.engine.receive(make_capture(body))
        await shown.until(lambda: shown.app.main.timeline.count == 1)
        await shown.press("x", *"httpie", "enter")
        await shown.see("ctrl+y copy it")
        await shown.press("ctrl+y")
        await shown.see("copied #1 as httpie", "secrets were removed")
        assert "REDACTED" in shown.app.clipboard
        assert "opens-doors" not in shown.app.clipboard
    assert not list(folder.iterdir())


@pytest.mark.slow
async def test_an_attached_view_has_the_run_take_out_what_only_the_run_knows(tmp_path: Path, folder: Path) -> None:
    body = f"\xff it is {SECRET}".encode("latin-1")
    odd = replace(make_capture(body).request, headers=((b"X-Odd", SECRET.encode()),), target=f"/hook?{SECRET}")
    async with stage(tmp_path, attached=True) as shown:
        await shown.engine.receive(make_capture(request=odd))
        await shown.see("not UTF-8")
        await shown.press("x")
        await shown.see("Export #1 as", "commands for curl")
        await shown.press(*"ndjson", "enter")
        await shown.see("hookscope-1.ndjson")
        await shown.press("enter")
        await shown.see("exported #1", "secrets were removed")
        (file,) = folder.iterdir()
        request = json.loads(file.read_text())["request"]
        assert base64.b64decode(request["body_base64"]) == b"\xff it is REDACTED"
        assert SECRET not in file.read_text()
        await shown.press("y", "y", "y")
        await shown.see("for curl")
        assert "REDACTED" in shown.app.clipboard
        assert SECRET not in shown.app.clipboard


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_two_marked_captures_are_compared(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as shown:
        await two_marked(shown)
        await shown.press("equals_sign")
        await shown.see("Compare #1 with #3", "1 changed", "1 added")
        await shown.matches("compare")
        await shown.press("G")
        await shown.see("X-Hub-Signature-256")
        await shown.press("escape")
        await shown.miss("Compare #1")


@pytest.mark.slow
async def test_comparing_wants_exactly_two(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await shown.engine.receive(make_capture(), make_capture(feed_body("second")), make_capture(feed_body("third")))
        await shown.see("third")
        for told in ("no capture is marked", "only #3 is marked", None, "3 are marked: #1, #2, #3"):
            await shown.press("equals_sign")
            await shown.see(told or "Compare #2 with #3")
            await shown.press("escape", "m", "k")


@pytest.mark.slow
async def test_without_captures_the_keys_say_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.see("waiting for the first")
        for key in "yxe":
            shown.app.main.change(said=())
            await shown.press(key)
            await shown.see("there is no capture yet")
        await shown.press("equals_sign")
        await shown.see("no capture is marked")


@pytest.mark.slow
async def test_one_question_at_a_time(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        for action in ("export", "replay_to", "export", "trigger"):
            shown.app.action_act(action)
        await shown.see("esc back")
        for action in ("delete", "trigger"):
            shown.app.action_act(action)
        await shown.until(lambda: all(worker.name != "export" for worker in shown.app.workers))
        await shown.pilot.pause()
        assert len(shown.app.screen_stack) == 2
        await shown.press("escape")
        await shown.miss("esc back")
        assert len(shown.app.screen_stack) == 1


@pytest.mark.slow
async def test_nothing_is_asked_while_all_is_put_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("q", "x", "t", "R", "e", "delete")
        await shown.see("Putting everything back")
        await shown.until(
            lambda: all(worker.name not in ("export", "replay 1", "edit 1") for worker in shown.app.workers)
        )
        assert len(shown.app.screen_stack) == 1
