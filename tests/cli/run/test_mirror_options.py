"""The options of a run that mirrors a shared log."""

import os
import socket

import pytest

from hookscope.cli.run.mirror_options import _user_name
from hookscope.team.address import check_address

_NOBODY = 4_242_424_242


@pytest.mark.parametrize(
    ("url", "name"), [("postgresql://anna:hunter22@db/hooks", "anna"), ("postgresql://db/hooks", socket.gethostname())]
)
def test_a_user_that_the_system_does_not_know_has_a_name_all_the_same(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str
) -> None:
    """As in a container that runs under a number."""
    monkeypatch.setattr(os, "getuid", lambda: _NOBODY)
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    assert _user_name(check_address(url)) == name
