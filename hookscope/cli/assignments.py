"""`--set`, for what is sent with other values than it had."""

import click

from hookscope.cli.values import Parsed
from hookscope.meta.overrides import parse_assignment

set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    multiple=True,
    type=Parsed("assignment", parse_assignment),
    help="Send another value, such as value.message=hello; repeatable.",
)
