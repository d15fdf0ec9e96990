"""Actions on the run and on the screen."""

from hookscope.views.actions.action import Action, Group, KeyScope

RUN = (
    Action(
        id="trigger",
        keys="t",
        button=("t", "trigger"),
        command=("Trigger…", "Send a sample notification to the run"),
        help=(Group.RUN, "t", "trigger a sample"),
    ),
    Action(
        id="connection",
        keys="i",
        button=("i", "connection"),
        command=("Connection", "Every link of the chain, and the run's messages"),
        help=(Group.RUN, "i", "connection and messages"),
    ),
    Action(
        id="doctor",
        command=("Doctor", "Check every link of the chain, and say what to do about the broken one"),
        see="commands",
    ),
    Action(
        id="commands",
        call="command_palette",
        keys="ctrl+p",
        scope=KeyScope.BUILT_IN,
        help=(Group.RUN, "ctrl+p", "all commands"),
    ),
    Action(
        id="help",
        keys="question_mark,f1",
        button=("?", "help"),
        command=("Help", "Keys and symbols"),
        help=(Group.RUN, "?  f1", "this help"),
    ),
    Action(
        id="switch_colors",
        command=("Light or dark colors", "Switch between light and dark"),
        see="commands",
    ),
    Action(
        id="suspend_view",
        keys="ctrl+z",
        command=("Suspend the view", "Go back to the shell, whose fg returns here; for views of hookscope attach"),
        help=(Group.RUN, "ctrl+z", "suspend an attached view"),
    ),
    Action(
        id="quit",
        keys="q,ctrl+q",
        button=("q", "stop & put back"),
        command=("Quit", "Stop the run and put everything back"),
        help=(Group.RUN, "q  ctrl+c", "stop and put everything back"),
    ),
    Action(id="interrupt", keys="ctrl+c", priority=True, button=("ctrl+c", "leave at once"), see="quit"),
)
