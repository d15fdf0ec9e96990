"""Lets the run fetch the objects that the selected capture refers to."""

import json
from collections.abc import Iterable

from hookscope.model.fetched_node import FetchedNode
from hookscope.tui import cell_text
from hookscope.tui.interaction import Interaction
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.widgets.text import Writer
from hookscope.tui.workers.run_client import RunClient


class FetchController:
    """Opens the panel and lets the run, which knows the tokens, fetch the objects."""

    def __init__(self, main: MainScreen, interaction: Interaction, run: RunClient) -> None:
        self._main = main
        self._interaction = interaction
        self._run = run

    def open(self) -> None:
        """Show the panel, and fill it when the Graph API has answered."""
        if not self._interaction.is_free:
            return
        if (capture_id := self._main.timeline.capture_id) is None:
            self._interaction.say_empty()
            return
        self._main.captures.hold()
        waiting = f"fetching the objects that #{capture_id} refers to…"
        self._interaction.show_result(f"Fetch #{capture_id}", waiting, self._fetch(capture_id))

    async def _fetch(self, capture_id: int) -> Writer:
        pieces = _nodes(await self._run.fetch(capture_id))
        return lambda _, __: pieces


def _nodes(fetched: Iterable[FetchedNode]) -> Pieces:
    """Return each fetched object: its kind and id, then the answer."""
    return [piece for node in fetched for piece in _node(node)]


def _node(node: FetchedNode) -> Pieces:
    heading = f"{cell_text.clean(node.kind)} {cell_text.clean(node.node)}\n"
    lines = json.dumps(node.answer, indent=2, ensure_ascii=False).split("\n")
    return [(Tone.STRONG, heading), *((Tone.TEXT, f"{cell_text.clean(line)}\n") for line in lines)]
