"""The `fields` parameter: the fields of a node, and the rows of its edges, that an answer holds.

Source: Meta's guide "Field expansion" (read 2026-11-29): `name,accounts.limit(5){id,name}`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from hookscope.sandbox.errors import invalid_parameter, nonexisting_field
from hookscope.sandbox.node_fields import NODE_FIELDS

_TOKEN = re.compile(r"\s*(?:(?P<name>\w+)(?:\.\w+\([^()]*\))*|(?P<mark>[{},]))\s*")
_DEEPEST = 10

Selection = dict[str, "Selection"]
"""Names, each with the names chosen of what lies behind it; none chosen are the default ones."""


class Node(Struct, frozen=True, kw_only=True):
    """A node with fields. `kind` is its type, `default` names the fields that it shows unless others are requested."""

    kind: str
    values: Mapping[str, Any]
    default: tuple[str, ...]
    edges: Mapping[str, Callable[[], "Iterable[Node]"]] = field(default_factory=dict)

    def select(self, chosen: Selection) -> dict[str, Any]:
        """Return the chosen fields and the id, or the default; raises GraphApiError (100) for an unknown name.

        A name that exists but has no value here is left out, as Meta leaves it out.
        """
        requested = {name: self._value(name, inner) for name, inner in chosen.items() if self._has(name)}
        shown = (*requested, "id") if chosen else self.default
        known = {**self.values, **requested}
        return {name: known[name] for name in dict.fromkeys(shown) if name in known}

    def _value(self, name: str, inner: Selection) -> Any:
        if name in self.values:
            return self.values[name]
        return {"data": [row.select(inner) for row in self.edges[name]()]}

    def _has(self, name: str) -> bool:
        if name in self.values or name in self.edges:
            return True
        if name not in NODE_FIELDS.get(self.kind, ()):
            raise nonexisting_field(name, self.kind)
        return False


def parse_selection(text: str | None) -> Selection:
    """Parse a `fields` parameter; raises GraphApiError for an unreadable one.

    Modifiers such as `.limit(5)` are accepted and change nothing: no edge of the sandbox is long.
    """
    chosen: Selection = {}
    stack, last, end = [chosen], None, 0
    for found in _TOKEN.finditer(text or ""):
        if found.start() != end or len(stack) > _DEEPEST:
            raise invalid_parameter()
        end = found.end()
        match found["mark"]:
            case None:
                last = stack[-1].setdefault(found["name"], {})
            case "{" if last is not None:
                stack.append(last)
                last = None
            case "}" if len(stack) > 1:
                stack.pop()
                last = None
            case ",":
                last = None
            case _:
                raise invalid_parameter()
    if end != len(text or "") or len(stack) != 1:
        raise invalid_parameter()
    return chosen
