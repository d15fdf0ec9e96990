"""The look of pages, prompts and dialogs at three sizes, one after another on one screen.

To accept a change, run with HOOKSCOPE_UPDATE_SNAPSHOTS=1.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.tui.stage import SIZES, Stage, stage
from tests.tui.test_states import list_of_all


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to an empty folder, without an editor of the user's."""
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def look(shown: Stage, name: str, *parts: str) -> None:
    """Wait until these parts are to be seen, and for the snapshot."""
    await shown.see(*parts)
    await shown.matches(name)


async def pages(shown: Stage) -> None:
    await shown.press("g", "j", "j", "2")
    await look(shown, "tree", '"item": "comment"')
    await shown.press("3")
    await look(shown, "raw", '{"object":"page"')
    await shown.press("4")
    await look(shown, "headers", "X-Hub-Signature-256")
    await shown.press("escape", "k", "6")
    await look(shown, "handshake", "hub.challenge")


async def filters(shown: Stage) -> None:
    await shown.press("f", *"fie")
    await look(shown, "completing", "tab field:")
    await shown.press(*"ld:feed fild:x")
    await look(shown, "filter-error", "unknown term fild:")
    await shown.press("escape", "f", *"number 3", "enter")
    await look(shown, "filtered", "1 of a batch of 5", "1 of 14")


async def dialogs(shown: Stage) -> None:
    await shown.press("x")
    await look(shown, "export", "commands for curl")
    await shown.press(*"ndjson", "enter")
    await look(shown, "export-to", "hookscope-14.ndjson")
    await shown.press("escape", "delete")
    await look(shown, "delete", "delete it")
    await shown.press("escape", "ctrl+p", *"clear the", "enter")
    await look(shown, "clear", "delete them")
    await shown.press("escape", "g", "j", "j", "e")
    await look(shown, "editor", '"object": "page"')


async def bulk(shown: Stage) -> None:
    await shown.press("f", *'"number 1" or "number 3"', "enter")
    await shown.see("2 of a batch of 5")
    await shown.press("B")
    await look(shown, "replay-filtered", "that the filter leaves")
    await shown.press("enter")
    await look(shown, "replayed", "2 accepted")


WALKS: list[Callable[[Stage], Awaitable[None]]] = [pages, filters, dialogs, bulk]


@pytest.mark.slow
@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_a_screen_looks_as_it_should(
    tmp_path: Path, walk: Callable[[Stage], Awaitable[None]], size: tuple[int, int]
) -> None:
    async with stage(tmp_path, size=size, live=False) as shown:
        await list_of_all(shown)
        await walk(shown)
