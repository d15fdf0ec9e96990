"""Nodes that notifications refer to, as far as the caller's token gives access to them.

Sources: recorded answers for the texts. A Page's contents are read with that Page's token. Leads and their forms are
also read with the token of somebody who manages the Page: n8n's Lead Ads trigger (2.41.2) uses one. It is not
established whether other tokens give access to the rest; here they do not.
"""

from hookscope.meta.catalog import WHATSAPP
from hookscope.sandbox.access import Caller, Role
from hookscope.sandbox.call import Call
from hookscope.sandbox.contents import LEAD, LEAD_FORM
from hookscope.sandbox.errors import GraphApiError
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.selection import Node
from hookscope.sandbox.world import World


class ContentNodes:
    """Answers reads of the contents that the sandbox's notifications referred to."""

    def __init__(self, world: World, knobs: Knobs) -> None:
        self._world = world
        self._knobs = knobs

    def read(self, caller: Caller, call: Call) -> Node | None:
        """Return a content, None when it is unknown or another account's; raises GraphApiError (210, 10)."""
        found = self._world.contents.find(call.node)
        if found is None:
            return None
        if found.object == WHATSAPP:
            return None if caller.page else found.node
        if caller.role is Role.USER and found.node.kind in (LEAD, LEAD_FORM):
            return found.node
        if caller.page is None:
            raise GraphApiError("(#210) A page access token is required to request this resource.", code=210)
        if found.object == "page" and found.owner != caller.page.id:
            return None
        if not self._knobs.page_permission:
            raise GraphApiError("(#10) This endpoint requires the 'pages_read_engagement' permission", code=10)
        return found.node
