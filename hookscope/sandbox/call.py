"""A parsed call on the Graph API."""

from msgspec import Struct
from msgspec.structs import replace

from hookscope.sandbox.parameters import Parameters


class Call(Struct, frozen=True, kw_only=True):
    """One call. `version` is the one that serves it, `path` the parts after the version."""

    method: str
    version: str
    path: tuple[str, ...]
    token: str | None
    parameters: Parameters

    @property
    def node(self) -> str:
        """The first part of the path: an id, or a name such as "me"."""
        return self.path[0]

    def of(self, node: str) -> "Call":
        """Return the same call on another node, one that an item of `ids` names."""
        return replace(self, path=(node, *self.path))
