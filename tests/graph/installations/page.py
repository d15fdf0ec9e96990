"""A Page of the sandbox, and what it has for the sandbox's app."""

from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind


class Installed:
    """Reads and sets the fields as somebody else would, without the Graph API."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self._world = sandbox.world
        self.scope = Scope(ScopeKind.PAGE, sandbox.world.page.id)

    def fields(self) -> tuple[str, ...] | None:
        return self._world.page.installed.get(self._world.app.id)

    def set(self, *fields: str) -> None:
        self._world.install(self.scope.id, self._world.app.id, fields)

    def remove(self) -> None:
        self._world.uninstall(self.scope.id, self._world.app.id)
