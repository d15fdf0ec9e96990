"""`hookscope completion`: the script for a shell's completion of commands and options."""

import click
from click.shell_completion import get_completion_class

from hookscope.cli import output
from hookscope.cli.common import shared_options

_WHERE = {
    "bash": 'eval "$(hookscope completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(hookscope completion zsh)"  in ~/.zshrc',
    "fish": "hookscope completion fish > ~/.config/fish/completions/hookscope.fish",
}


@click.command("completion", epilog="\b\n" + "\n".join(_WHERE.values()))
@click.argument("shell", type=click.Choice(list(_WHERE)))
@shared_options
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the script that makes SHELL complete commands, options, objects, and fields."""
    found = get_completion_class(shell)
    assert found
    output.write_data(found(ctx.find_root().command, {}, "hookscope", "_HOOKSCOPE_COMPLETE").source())
