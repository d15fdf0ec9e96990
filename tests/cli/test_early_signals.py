import click
import pytest

from hookscope.cli.app import cli
from hookscope.cli.early_signals import interrupted_code


def _valued() -> list[str]:
    options = [option for option in cli.params if isinstance(option, click.Option)]
    return [name for option in options if not (option.is_flag or option.count) for name in option.opts]


@pytest.mark.parametrize("option", _valued())
def test_the_value_of_an_option_is_not_taken_for_the_command(option: str) -> None:
    assert interrupted_code([option, "run", "replay"]) == 130
    assert interrupted_code([option, "replay", "run"]) == 0
