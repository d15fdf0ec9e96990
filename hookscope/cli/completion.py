"""`hookscope completion`: the script for a shell's completion of commands, options, ids, filters, and samples."""

import os
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from hookscope.cli import output
from hookscope.cli.common import COMPLETE_VARIABLE, shared_options

_WHERE = {
    "bash": 'eval "$(hookscope completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(hookscope completion zsh)"  in ~/.zshrc',
    "fish": "hookscope completion fish > ~/.config/fish/completions/hookscope.fish",
}

_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' response completion type value
    response=$(env COMP_TYPED="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1")
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        case $type in
            dir) COMPREPLY=(); compopt -o dirnames 2>/dev/null ;;
            file) COMPREPLY=(); compopt -o default 2>/dev/null ;;
            *) COMPREPLY+=("$value"); [[ $value != *: ]] || compopt -o nospace 2>/dev/null ;;
        esac
    done
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Completion for Bash, which ends a word at each unquoted colon; filters have many."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        words = split_arg_string(f"{_typed()}.")  # The dot keeps an empty last word.
        return words[1:-1], words[-1][:-1]

    def format_completion(self, item: "CompletionItem[Any]") -> str:
        typed = _typed()
        word = typed[_word_start(typed) :]
        has_quote = any(quote in word for quote in "'\"")
        cut = 0 if has_quote else word.rpartition("=")[2].rfind(":") + 1
        return f"{item.type},{item.value[cut:]}"


def _typed() -> str:
    """Return the line up to the cursor; scripts of earlier versions pass only its words."""
    return os.environ.get("COMP_TYPED", os.environ.get("COMP_WORDS", ""))


def _word_start(line: str) -> int:
    """Return the index at which the last word of a line begins; quoted blanks are part of it."""
    start, quote = 0, ""
    for n, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char.isspace():
            start = n + 1
    return start


class _Fish(FishComplete):
    """Completion for fish whose values and descriptions may have commas, at which Click's script cuts them off."""

    source_template = FishComplete.source_template.replace("string split", "string split --max 1")


add_completion_class(_Bash)
add_completion_class(_Fish)


@click.command("completion", epilog="\b\n" + "\n".join(_WHERE.values()))
@click.argument("shell", type=click.Choice(list(_WHERE)))
@shared_options
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the script that makes SHELL complete commands, options, capture ids, filters, and samples."""
    found = get_completion_class(shell)
    assert found
    output.write_data(found(ctx.find_root().command, {}, "hookscope", COMPLETE_VARIABLE).source())
