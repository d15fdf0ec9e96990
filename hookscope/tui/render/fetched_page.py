"""The text of the panel with the Graph API's answers."""

import json
from collections.abc import Iterable

from hookscope.model.fetched_node import FetchedNode
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone


def nodes(fetched: Iterable[FetchedNode]) -> Pieces:
    """Return each fetched object: its kind and id, then the answer."""
    return [piece for node in fetched for piece in _node(node)]


def _node(node: FetchedNode) -> Pieces:
    heading = f"{cell_text.clean(node.kind)} {cell_text.clean(node.node)}\n"
    lines = json.dumps(node.answer, indent=2, ensure_ascii=False).split("\n")
    return [(Tone.STRONG, heading), *((Tone.TEXT, f"{cell_text.clean(line)}\n") for line in lines)]
