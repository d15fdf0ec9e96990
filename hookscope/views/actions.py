"""Everything that keys, command palette, footer, help, and `[keys]` in a settings file offer: one entry per action."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """The sections of the help."""

    LIST = "The list"
    DETAILS = "The details"
    CAPTURE = "A capture"
    RUN = "The run"


class Scope(StrEnum):
    """The owner of an action's keys: the application, or the widget that has the focus."""

    APP = "app"
    LIST = "list"
    DETAILS = "details"
    PAGE = "page"
    BUILT_IN = "built in"
    """Textual binds these itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do, by its `id`.

    `runs` is the call that Textual makes, `keys` are Textual's names of the keys, separated by commas. `button` is key
    and label in the footer, `command` title and explanation in the palette, `help` section, keys and meaning in the
    help; an action without a line of its own is explained by that of `see`.
    """

    id: str
    runs: str
    keys: str = ""
    scope: Scope = Scope.APP
    priority: bool = False
    button: tuple[str, str] | None = None
    command: tuple[str, str] | None = None
    help: tuple[Group, str, str] | None = None
    see: str | None = None


_LIST = (
    Action(id="down", runs="move(1)", keys="down,j", scope=Scope.LIST, help=(Group.LIST, "↑ ↓  j k", "move")),
    Action(id="up", runs="move(-1)", keys="up,k", scope=Scope.LIST, see="down"),
    Action(
        id="page_down",
        runs="page(1)",
        keys="pagedown",
        scope=Scope.LIST,
        help=(Group.LIST, "pgup pgdn", "move one screen"),
    ),
    Action(id="page_up", runs="page(-1)", keys="pageup", scope=Scope.LIST, see="page_down"),
    Action(id="first", runs="first", keys="g,home", scope=Scope.LIST, help=(Group.LIST, "g  home", "go to the oldest")),
    Action(id="last", runs="app.follow", keys="G,end", scope=Scope.LIST, see="follow"),
    Action(
        id="fold",
        runs="fold",
        keys="left",
        scope=Scope.LIST,
        help=(Group.LIST, "← →", "fold a batch or statuses"),
    ),
    Action(id="unfold", runs="unfold", keys="right", scope=Scope.LIST, see="fold"),
    Action(id="scroll_down", runs="scroll_down", keys="down,j", scope=Scope.PAGE, see="down"),
    Action(id="scroll_up", runs="scroll_up", keys="up,k", scope=Scope.PAGE, see="down"),
    Action(id="scroll_page_down", runs="page_down", keys="pagedown", scope=Scope.PAGE, see="page_down"),
    Action(id="scroll_page_up", runs="page_up", keys="pageup", scope=Scope.PAGE, see="page_down"),
    Action(id="scroll_home", runs="scroll_home", keys="g,home", scope=Scope.PAGE, see="first"),
    Action(id="scroll_end", runs="scroll_end", keys="G,end", scope=Scope.PAGE, see="follow"),
    Action(
        id="follow",
        runs="follow",
        keys="F",
        button=("F", "follow"),
        command=("Follow", "Go to the newest capture and follow it"),
        help=(Group.LIST, "G  end  F", "follow the newest"),
    ),
    Action(
        id="switch_runs",
        runs="switch_runs",
        keys="a",
        command=("All runs", "Show the captures of all runs, or of this one alone again"),
        help=(Group.LIST, "a", "all runs, or this one alone"),
    ),
    Action(
        id="pause",
        runs="pause",
        keys="space",
        button=("space", "pause"),
        command=("Pause", "Pause or resume the display; nothing is lost"),
        help=(Group.LIST, "space", "pause; nothing is lost"),
    ),
    Action(
        id="filter",
        runs="filter",
        keys="f",
        button=("f", "filter"),
        command=("Filter…", "Show only the captures that match"),
        help=(Group.LIST, "f", "show only what matches"),
    ),
    Action(
        id="suspend_filter",
        runs="suspend_filter",
        keys="s",
        command=("Suspend or resume the filter", "Show all captures for a while, with the filter kept in mind"),
        help=(Group.LIST, "s", "suspend, resume the filter"),
    ),
    Action(
        id="search",
        runs="search",
        keys="slash",
        button=("/", "search"),
        command=("Search…", "Find text in the captures; n and N go to the next hit"),
        help=(Group.LIST, "/  n  N", "search; older, newer hit"),
    ),
    Action(id="older_hit", runs="hit(-1)", keys="n", see="search"),
    Action(id="newer_hit", runs="hit(1)", keys="N", see="search"),
    Action(id="keep_typed", runs="close_prompt(True)", button=("enter", "apply"), see="search"),
    Action(
        id="forget_typed",
        runs="close_prompt(False)",
        button=("esc", "cancel"),
        see="search",
    ),
)
_CAPTURE = (
    Action(
        id="open",
        runs="open",
        keys="enter,d",
        scope=Scope.LIST,
        button=("enter", "details"),
        help=(Group.CAPTURE, "enter  d", "details, then full screen"),
    ),
    Action(id="zoom", runs="app.zoom", keys="enter,d", scope=Scope.DETAILS, button=("enter", "zoom"), see="open"),
    Action(
        id="place_details",
        runs="place_details",
        keys="v",
        command=("Details beside, below, closed", "Put the details beside the list, below it, or nowhere"),
        help=(Group.DETAILS, "v", "details beside, below, closed"),
    ),
    Action(id="tab_1", runs="tab(1)", keys="1", help=(Group.DETAILS, "1 to 7", "event, tree, raw, headers, …")),
    *(Action(id=f"tab_{n}", runs=f"tab({n})", keys=f"{n}", see="tab_1") for n in range(2, 8)),
    Action(id="next_tab", runs="next_tab", button=("1-7", "tabs"), see="tab_1"),
    Action(
        id="fold_tree",
        runs="fold",
        keys="left,h",
        scope=Scope.PAGE,
        help=(Group.DETAILS, "← →  h l", "fold, unfold in the tree; z all"),
    ),
    Action(id="unfold_tree", runs="unfold", keys="right,l", scope=Scope.PAGE, see="fold_tree"),
    Action(id="fold_all", runs="fold_all", keys="z", scope=Scope.PAGE, see="fold_tree"),
    Action(
        id="copy_path",
        runs="copy_path",
        keys="Y",
        command=("Copy the JSON path", "Copy the path of the cursor in the tree"),
        help=(Group.DETAILS, "Y", "copy the JSON path in the tree"),
    ),
    Action(
        id="other_pane",
        runs="app.focus_next",
        keys="tab",
        scope=Scope.BUILT_IN,
        help=(Group.DETAILS, "tab", "switch panes"),
    ),
    Action(id="back", runs="back", keys="escape", button=("esc", "back"), help=(Group.DETAILS, "esc", "back")),
    Action(
        id="replay",
        runs="replay",
        keys="r",
        button=("r", "replay"),
        command=("Replay", "Send the selected capture again"),
        help=(Group.CAPTURE, "r", "replay to the forward target"),
    ),
    Action(
        id="replay_to",
        runs="replay_to",
        keys="R",
        button=("R", "replay to…"),
        command=("Replay to…", "Send the selected capture to another target"),
        help=(Group.CAPTURE, "R", "replay to another target"),
    ),
    Action(
        id="edit",
        runs="edit",
        keys="e",
        button=("e", "edit"),
        command=("Edit…", "Edit the selected capture and send it, signed again"),
        help=(Group.CAPTURE, "e", "edit and send, signed again"),
    ),
    Action(
        id="copy",
        runs="copy",
        keys="y",
        button=("y", "copy"),
        help=(Group.CAPTURE, "y", "copy body; then headers, curl"),
    ),
    Action(
        id="copy_body",
        runs="copy_as('body')",
        command=("Copy body", "Copy the body of the selected capture"),
        see="copy",
    ),
    Action(id="copy_headers", runs="copy_as('headers')", command=("Copy headers", "Copy its headers"), see="copy"),
    Action(
        id="copy_curl", runs="copy_as('curl')", command=("Copy as curl", "Copy a command that sends it"), see="copy"
    ),
    Action(
        id="export",
        runs="export",
        keys="x",
        button=("x", "export"),
        command=("Export…", "Export the marked captures, or the selected one"),
        help=(Group.CAPTURE, "x", "export it, or all marked ones"),
    ),
    Action(
        id="mark",
        runs="mark",
        keys="m",
        button=("m", "mark"),
        command=("Mark", "Mark or unmark the selected capture"),
        help=(Group.CAPTURE, "m", "mark; find with is:marked"),
    ),
    Action(id="note", runs="note", command=("Note…", "Attach a note to the selected capture"), see="commands"),
    Action(
        id="fetch",
        runs="fetch",
        keys="o",
        command=("Fetch", "Read from the Graph API what the selected capture points at"),
        help=(Group.CAPTURE, "o", "fetch what it points at"),
    ),
    Action(
        id="compare",
        runs="compare",
        keys="equals_sign",
        button=("=", "compare"),
        command=("Compare", "Show how the two marked captures differ"),
        help=(Group.CAPTURE, "=", "compare the two marked"),
    ),
    Action(
        id="compare_with_previous",
        runs="compare_with_previous",
        keys="D",
        command=("What is different", "Compare the selected capture with the last one of its kind"),
        help=(Group.CAPTURE, "D", "compare with the last like it"),
    ),
    Action(
        id="delete",
        runs="delete",
        keys="delete",
        command=("Delete…", "Delete the selected capture, after asking"),
        help=(Group.CAPTURE, "delete", "delete, after asking"),
    ),
    Action(
        id="clear",
        runs="clear",
        command=("Clear the history…", "Delete all captures that are not marked, after asking"),
        see="commands",
    ),
)
_RUN = (
    Action(
        id="trigger",
        runs="trigger",
        keys="t",
        button=("t", "trigger"),
        command=("Trigger…", "Send a sample notification to the run"),
        help=(Group.RUN, "t", "trigger a sample"),
    ),
    Action(
        id="connection",
        runs="connection",
        keys="i",
        button=("i", "connection"),
        command=("Connection", "Every link of the chain, and the run's messages"),
        help=(Group.RUN, "i", "connection and messages"),
    ),
    Action(
        id="doctor",
        runs="doctor",
        command=("Doctor", "Check every link of the chain, and say what to do about the broken one"),
        see="commands",
    ),
    Action(
        id="commands",
        runs="command_palette",
        keys="ctrl+p",
        scope=Scope.BUILT_IN,
        help=(Group.RUN, "ctrl+p", "all commands"),
    ),
    Action(
        id="help",
        runs="help",
        keys="question_mark,f1",
        button=("?", "help"),
        command=("Help", "Keys and symbols"),
        help=(Group.RUN, "?  f1", "this help"),
    ),
    Action(
        id="switch_colors",
        runs="switch_colors",
        command=("Light or dark colors", "Switch between light and dark"),
        see="commands",
    ),
    Action(
        id="quit",
        runs="quit",
        keys="q,ctrl+q",
        button=("q", "stop & put back"),
        command=("Quit", "Stop the run and put everything back"),
        help=(Group.RUN, "q  ctrl+c", "stop and put everything back"),
    ),
    Action(
        id="interrupt", runs="interrupt", keys="ctrl+c", priority=True, button=("ctrl+c", "leave at once"), see="quit"
    ),
)
ACTIONS = {action.id: action for action in (*_LIST, *_CAPTURE, *_RUN)}


def help_lines(group: Group, actions: Mapping[str, Action] = ACTIONS) -> Iterator[tuple[str, str, str]]:
    """Yield the lines of a section of the help: action, keys and meaning."""
    return ((action.id, *action.help[1:]) for action in actions.values() if action.help and action.help[0] is group)
