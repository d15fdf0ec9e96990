"""What is refused before a screen is served in a browser."""

import pytest

from hookscope.cli import web_process
from hookscope.cli.web_process import check_web
from hookscope.errors import UsageError


def test_the_terminal_and_the_browser_are_not_asked_for_together() -> None:
    with pytest.raises(UsageError, match="--output tui on the terminal"):
        check_web(web=True, asked="tui")


def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_process, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as refused:
        check_web(web=True, asked=None)
    assert refused.value.hint == "pip install 'hookscope[web]', or from a checkout: pip install '.[web]'"
    check_web(web=False, asked="tui")
