"""The search keys, which are for the captures, or for the focused page of the details."""

from hookscope.tui.controllers.page_search import PageSearch
from hookscope.tui.controllers.search import SearchController
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.widgets.prompt import Prompt


class SearchKeys:
    """Passes keys and typed text on to the search that they are for."""

    def __init__(self, main: MainScreen, captures: SearchController, page: PageSearch) -> None:
        self._main = main
        self._captures = captures
        self._page = page
        self._typist: SearchController | PageSearch = captures

    def filter(self) -> None:
        """Type a filter."""
        self._type_for(self._captures)
        self._captures.filter()

    def suspend_filter(self) -> None:
        """Suspend the filter, or resume it."""
        self._type_for(self._captures)
        self._captures.suspend_filter()

    def search(self) -> None:
        """Ask for a search text: for the focused page, else for the captures."""
        if self._main.is_in_details:
            self._type_for(self._page)
            self._page.open()
        else:
            self._type_for(self._captures)
            self._captures.search()

    def go_to_hit(self, direction: int) -> None:
        """Go to the next older or newer hit; on a page, further down or up."""
        if self._main.is_in_details and self._page.is_active:
            self._page.go_to_hit(direction)
        else:
            self._type_for(self._captures)
            self._captures.go_to_hit(direction)

    def back(self) -> None:
        """End the search on the page, else leave the details, else end the search, else the filter."""
        if self._page.is_active:
            self._page.let_go()
        elif self._main.is_deep or not self._captures.let_go():
            self._main.back()

    # Typing

    def typed(self, text: str) -> None:
        """Search for the text typed so far."""
        self._typist.typed(text)

    def closed(self, text: str, *, kept: bool) -> None:
        """Keep the typed text, or return to the previous one."""
        self._typist.closed(text, kept=kept)

    def close(self, *, kept: bool) -> None:
        """Do as enter and escape do while something is typed."""
        self._main.query_one(Prompt).action_close(kept)

    def _type_for(self, typist: SearchController | PageSearch) -> None:
        self._typist, self._main.trouble = typist, typist.trouble
