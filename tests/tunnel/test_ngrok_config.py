from typing import Any

import pytest

from hookscope.tunnel.ngrok_config import private_config

NEW, OLD = (3, 39), (3, 18)


@pytest.mark.parametrize(("agent", "version"), [(NEW, "3"), (None, "3"), (OLD, "2")])
def test_without_a_configuration_of_the_users_the_agent_decides_its_version(
    agent: tuple[int, int] | None, version: str
) -> None:
    config = private_config(None, authtoken=None, agent_version=agent)
    assert config.content["version"] == version
    assert config.api_version == version
    assert config.secrets == ()


def test_version_3_keeps_the_token_under_agent() -> None:
    users = {"version": 3, "agent": {"authtoken": "old", "connect_timeout": "9s"}}
    config = private_config(users, authtoken="new", agent_version=NEW)
    assert config.content == {"version": "3", "agent": {"authtoken": "new", "connect_timeout": "9s"}}
    assert (config.api_version, config.secrets) == ("3", ("new",))
    assert users["agent"] == {"authtoken": "old", "connect_timeout": "9s"}


@pytest.mark.parametrize("users", [{"version": "2", "authtoken": "old"}, {"version": 2}, {}])
def test_version_2_keeps_the_token_at_the_top(users: dict[str, Any]) -> None:
    config = private_config(users, authtoken="new", agent_version=NEW)
    assert config.content == {"version": "2", "authtoken": "new"}
    assert config.api_version == "2"


def test_without_a_token_the_users_own_stays() -> None:
    users = {"version": "3", "agent": {"authtoken": "old", "api_key": "key"}}
    config = private_config(users, authtoken=None, agent_version=NEW)
    assert config.content == users
    assert config.secrets == ("old", "key")


def test_an_old_agent_is_spoken_to_in_version_2_whatever_its_file_is() -> None:
    config = private_config({"version": "3"}, authtoken="new", agent_version=OLD)
    assert config.content == {"version": "3", "agent": {"authtoken": "new"}}
    assert config.api_version == "2"


@pytest.mark.parametrize("version", ["2", "3"])
def test_settings_that_break_pyngrok_are_left_out(version: str) -> None:
    unfit: dict[str, Any] = {"log": "/x", "log_format": "json", "log_level": "warn", "web_addr": False}
    ours = {"tunnels": {"pyngrok-default": {}}, "endpoints": [{"name": "pyngrok-default"}]}
    users: dict[str, Any] = {"version": version, **ours}
    users |= {"agent": unfit} if version == "3" else unfit
    config = private_config(users, authtoken=None, agent_version=NEW)
    assert config.content == ({"version": "3", "agent": {}} if version == "3" else {"version": "2"})


def test_an_address_for_the_agents_api_is_kept() -> None:
    config = private_config({"version": "2", "web_addr": "localhost:4050"}, authtoken=None, agent_version=NEW)
    assert config.content["web_addr"] == "localhost:4050"
