"""Reads and sets an account's installation of the app: a Page's fields, a WhatsApp account's or number's override.

Sources: Meta's references of a Page's and of a WhatsApp Business Account's `subscribed_apps`, and its guide "Webhook
overrides" (updated 2026-06-28). Reports differ on the token that removes the app from a Page.
"""

import json
from collections.abc import Sequence

from hookscope.errors import GraphError
from hookscope.graph.edge import LostAnswerError
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret
from hookscope.settings import App


class InstallationEdge:
    """Reads and sets one app's installations. Every method raises GraphError, and UsageError without a token."""

    def __init__(self, nodes: GraphNodes, app: App, tokens: Tokens) -> None:
        self.app = app
        self.tokens = tokens
        self._nodes = nodes

    async def look(self, scope: Scope) -> SubscribedApp | None:
        """Return an account's installation of the app, or None."""
        match scope.kind:
            case ScopeKind.PAGE:
                return self._ours(await self._nodes.page_apps(scope.id, await self.tokens.page(scope.id)))
            case ScopeKind.WABA:
                return self._ours(await self._nodes.subscribed_apps(scope.id, self.tokens.whatsapp))
            case ScopeKind.PHONE:
                return await self._number(scope.id)

    async def set(self, scope: Scope, wanted: SubscribedApp | None, verify_token: Secret | None = None) -> None:
        """Install the app as `wanted` says, or remove it; `verify_token` is that of an override.

        Raises HandshakeError when the override does not pass Meta's verification, LostAnswerError when the outcome of
        the call is unknown.
        """
        if wanted is None:
            await self._remove(scope)
        elif scope.kind is ScopeKind.PAGE:
            token = await self.tokens.page(scope.id)
            await self._nodes.install(scope.id, token, {"subscribed_fields": ",".join(wanted.fields)})
        else:
            await self._override(scope, wanted.override_url, verify_token.reveal() if verify_token else "")

    async def _override(self, scope: Scope, url: str | None, verify_token: str) -> None:
        parameters = {"override_callback_uri": url, "verify_token": verify_token} if url else {}
        if scope.kind is ScopeKind.WABA:
            await self._nodes.install(scope.id, self.tokens.whatsapp, parameters, verify_token)
            return
        configuration = {"webhook_configuration": json.dumps(parameters or {"override_callback_uri": ""})}
        await self._nodes.configure(scope.id, self.tokens.whatsapp, configuration, verify_token)

    async def _remove(self, scope: Scope) -> None:
        if scope.kind is not ScopeKind.PAGE:
            await self._nodes.uninstall(scope.id, self.tokens.whatsapp)
            return
        try:
            await self._nodes.uninstall(scope.id, self.tokens.app)
        except LostAnswerError:
            raise
        except GraphError:
            await self._nodes.uninstall(scope.id, await self.tokens.page(scope.id))

    async def _number(self, node: str) -> SubscribedApp:
        found = await self._nodes.read(node, self.tokens.whatsapp, ("webhook_configuration",))
        configuration = found.get("webhook_configuration")
        url = configuration.get("phone_number") if isinstance(configuration, dict) else None
        return SubscribedApp(app_id=self.app.app_id, override_url=str(url) if url else None)

    def _ours(self, apps: Sequence[SubscribedApp]) -> SubscribedApp | None:
        return next((app for app in apps if app.app_id == self.app.app_id), None)
