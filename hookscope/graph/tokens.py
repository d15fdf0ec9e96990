"""The access tokens for Pages and WhatsApp accounts that this process was given."""

from hookscope.errors import GraphError, UsageError
from hookscope.graph.access_token import AccessToken, app_token, page_token, user_token
from hookscope.graph.nodes import Account, GraphNodes
from hookscope.meta.graph_codes import EXPLORER
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN, SecretSources
from hookscope.settings import App


class Tokens:
    """Finds the token for each account, and redacts every token that it learns from all output.

    A Page's token is the one given for it, else that of `/me/accounts` with the user's token. When the Graph API does
    not say whose the given one is, it is taken for that of each Page: whether it is, the next call shows.
    """

    def __init__(self, nodes: GraphNodes, app: App, secrets: SecretSources) -> None:
        self._nodes = nodes
        self._app = app
        self._secrets = secrets
        self._pages: dict[str, Account] | None = None
        self._unknown_owner: GraphError | None = None

    @property
    def app(self) -> AccessToken:
        """The app's own token."""
        return app_token(self._app)

    @property
    def whatsapp(self) -> AccessToken:
        """The token for WhatsApp accounts and phone numbers: that of a (system) user, else the app's own."""
        return user_token(self._secrets.user_token) if self._secrets.user_token else self.app

    @property
    def has_page_tokens(self) -> bool:
        """True if a token is given that may give access to a Page."""
        return bool(self._secrets.page_token or self._secrets.user_token)

    async def pages(self) -> tuple[Account, ...]:
        """Return the Pages that the given tokens give access to.

        Raises UsageError when none is given, and GraphError.
        """
        pages = await self._known()
        if self._unknown_owner and not pages:
            raise self._unknown_owner
        return tuple(pages.values())

    async def name_of(self, page_id: str) -> str:
        """Return the name of a Page, empty when it is unknown. Raises UsageError when no token is given."""
        page = (await self._known()).get(page_id)
        return page.name if page else ""

    async def page(self, page_id: str) -> AccessToken:
        """Return the token of a Page. Raises UsageError when the given tokens give no access to it, and GraphError."""
        pages = await self._known()
        if page_id in pages:
            return pages[page_id].token
        if self._unknown_owner and self._secrets.page_token:
            return page_token(self._secrets.page_token)
        shown = ", ".join(f"{page.id} ({page.name})" for page in pages.values()) or "none"
        raise UsageError(
            f"there is no token for Page {page_id}; the given tokens are for: {shown}",
            done="nothing was changed",
            hint=f"set {PAGE_TOKEN} to the token of that Page, or {USER_TOKEN} to that of a user who runs it "
            f"(with pages_show_list): {EXPLORER}",
        )

    async def _known(self) -> dict[str, Account]:
        if self._pages is None:
            found = await self._find()
            self._secrets.keep_out([page.token.secret for page in found])
            self._pages = {page.id: page for page in found}
        return self._pages

    async def _find(self) -> tuple[Account, ...]:
        if not self.has_page_tokens:
            raise UsageError(
                "a Page token is missing",
                done="nothing was changed",
                hint=f"set {PAGE_TOKEN}, or name a file with --page-token-file; or set {USER_TOKEN} to the token of a "
                f"user who runs the Page. Get one at {EXPLORER}",
            )
        given, others = await self._given(), await self._of_user()
        return (*others, *given)  # The last one counts, where both are for the same Page.

    async def _given(self) -> tuple[Account, ...]:
        if self._secrets.page_token is None:
            return ()
        token = page_token(self._secrets.page_token)
        try:
            page = await self._nodes.read("me", token, ("id", "name"))
        except GraphError as error:
            self._unknown_owner = error
            return ()
        page_id = str(page.get("id", ""))
        if not page_id.isdecimal():
            self._unknown_owner = GraphError("the Graph API does not say whose the given Page token is")
            return ()
        return (Account(id=page_id, name=str(page.get("name", "")), token=token),)

    async def _of_user(self) -> tuple[Account, ...]:
        token = self._secrets.user_token
        return await self._nodes.accounts(user_token(token)) if token else ()
