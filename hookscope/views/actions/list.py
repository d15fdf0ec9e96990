"""Actions to move through the list and the pages, and to search them."""

from hookscope.views.actions.action import Action, Group, KeyScope

LIST = (
    Action(id="down", call="move(1)", keys="down,j", scope=KeyScope.LIST, help=(Group.LIST, "↑ ↓  j k", "move")),
    Action(id="up", call="move(-1)", keys="up,k", scope=KeyScope.LIST, see="down"),
    Action(
        id="page_down",
        call="page(1)",
        keys="pagedown",
        scope=KeyScope.LIST,
        help=(Group.LIST, "pgup pgdn", "move one screen"),
    ),
    Action(id="page_up", call="page(-1)", keys="pageup", scope=KeyScope.LIST, see="page_down"),
    Action(
        id="first", call="first", keys="g,home", scope=KeyScope.LIST, help=(Group.LIST, "g  home", "go to the oldest")
    ),
    Action(id="last", keys="G,end", scope=KeyScope.LIST, see="follow"),
    Action(
        id="fold",
        call="fold",
        keys="left",
        scope=KeyScope.LIST,
        help=(Group.LIST, "← →", "fold a batch or statuses"),
    ),
    Action(id="unfold", call="unfold", keys="right", scope=KeyScope.LIST, see="fold"),
    Action(id="scroll_down", call="scroll_down", keys="down,j", scope=KeyScope.PAGE, see="down"),
    Action(id="scroll_up", call="scroll_up", keys="up,k", scope=KeyScope.PAGE, see="down"),
    Action(id="scroll_page_down", call="page_down", keys="pagedown", scope=KeyScope.PAGE, see="page_down"),
    Action(id="scroll_page_up", call="page_up", keys="pageup", scope=KeyScope.PAGE, see="page_down"),
    Action(id="scroll_home", call="scroll_home", keys="g,home", scope=KeyScope.PAGE, see="first"),
    Action(id="scroll_end", call="scroll_end", keys="G,end", scope=KeyScope.PAGE, see="follow"),
    Action(
        id="follow",
        keys="F",
        button=("F", "follow"),
        command=("Follow", "Go to the newest capture and follow it"),
        help=(Group.LIST, "G  end  F", "follow the newest"),
    ),
    Action(
        id="switch_runs",
        keys="a",
        command=("All runs", "Show the captures of all runs, or of this one alone again"),
        help=(Group.LIST, "a", "all runs, or this one alone"),
    ),
    Action(
        id="pause",
        keys="space",
        button=("space", "pause"),
        command=("Pause", "Pause or resume the display; nothing is lost"),
        help=(Group.LIST, "space", "pause; nothing is lost"),
    ),
    Action(
        id="filter",
        keys="f",
        button=("f", "filter"),
        command=("Filter…", "Show only the captures that match"),
        help=(Group.LIST, "f", "show only what matches"),
    ),
    Action(
        id="suspend_filter",
        keys="s",
        command=("Suspend or resume the filter", "Show all captures for a while, with the filter kept in mind"),
        help=(Group.LIST, "s", "suspend, resume the filter"),
    ),
    Action(
        id="search",
        keys="slash",
        button=("/", "search"),
        command=("Search…", "Find text in the captures; n and N go to the next hit"),
        help=(Group.LIST, "/  n  N", "search; older, newer hit"),
    ),
    Action(id="older_hit", keys="n", see="search"),
    Action(id="newer_hit", keys="N", see="search"),
    Action(id="keep_typed", button=("enter", "apply"), see="search"),
    Action(
        id="forget_typed",
        button=("esc", "cancel"),
        see="search",
    ),
)
