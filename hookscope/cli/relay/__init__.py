"""`hookscope relay`: receive for a team, into its shared log."""

COMMANDS = ("init", "status", "trim")
"""The subcommands that manage the log; each is a module in this package with a `command`."""
