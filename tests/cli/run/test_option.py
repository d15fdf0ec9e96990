"""How environment variables hold several values."""

import pytest

from hookscope.cli.run.option import Fields


@pytest.mark.parametrize(
    ("given", "groups"),
    [
        ("feed,messages", ["feed,messages"]),
        (" feed , messages ", ["feed,messages"]),
        ("page: feed, leadgen  user:email", ["page:feed,leadgen", "user:email"]),
        ("", []),
    ],
)
def test_blanks_around_a_comma_do_not_end_a_group_of_fields(given: str, groups: list[str]) -> None:
    assert Fields().split_envvar_value(given) == groups
