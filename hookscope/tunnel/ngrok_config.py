"""The private configuration for an agent: the user's own, adapted, with the authtoken of this run.

Sources: ngrok's references of the configuration file. Version 3 keeps the agent's settings under `agent`, version 2 at
the top; agents know version 3 since 3.16. pyngrok drives agents since 3.30 by their endpoints, older ones by tunnels.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

_ENDPOINTS_SINCE = (3, 30)

_DEFINITIONS = ("endpoints", "tunnels")
"""Nothing of these is started, but pyngrok would take one named `pyngrok-default` for a template."""

_UNFIT = ("log", "log_format", "log_level")
"""pyngrok reads the agent's log on stdout, in logfmt, from level info on."""


class NgrokConfig(Struct, frozen=True, kw_only=True):
    """The content of the configuration file, and the version of the agent's API to use, "2" or "3"."""

    content: Mapping[str, Any]
    api_version: str

    @property
    def web_addr(self) -> str | None:
        """The address of the agent's local API, or None for the default one."""
        found = _agent_settings(self.content).get("web_addr")
        return str(found) if found else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts in it that must never be shown."""
        agent = _agent_settings(self.content)
        return tuple(str(agent[name]) for name in ("authtoken", "api_key") if agent.get(name))


def has_authtoken(users: Mapping[str, Any] | None) -> bool:
    """Return whether the user's own configuration, of either version, names an authtoken."""
    if users is None:
        return False
    agent = users.get("agent")
    return bool(users.get("authtoken") or (isinstance(agent, Mapping) and agent.get("authtoken")))


def private_config(
    users: Mapping[str, Any] | None, *, authtoken: str | None, agent_version: tuple[int, int] | None
) -> NgrokConfig:
    """Derive the configuration from the user's own, if there is one.

    Without an authtoken the user's own stays. An `agent_version` of None stands for a recent agent.
    """
    is_old = agent_version is not None and agent_version < _ENDPOINTS_SINCE
    if users is None:
        users = {"version": "2" if is_old else "3"}
    version = "3" if str(users.get("version")) == "3" else "2"
    content = {name: value for name, value in users.items() if name not in _DEFINITIONS} | {"version": version}
    if version == "3":
        content["agent"] = dict(content.get("agent") or {})
    agent = _agent_settings(content)
    for name in _UNFIT:
        agent.pop(name, None)
    if agent.get("web_addr") is False:
        del agent["web_addr"]  # Without its API the agent cannot be told to open anything.
    if authtoken:
        agent["authtoken"] = authtoken
    return NgrokConfig(content=content, api_version="2" if is_old else version)


def without_web_addr(config: NgrokConfig) -> NgrokConfig:
    """Leave the agent the choice of a free port: it does not start on one that the user's own agent has."""
    content = dict(config.content)
    if content["version"] == "3":
        content["agent"] = dict(content["agent"])
    _agent_settings(content).pop("web_addr", None)
    return NgrokConfig(content=content, api_version=config.api_version)


def _agent_settings(content: Mapping[str, Any]) -> Any:
    return content.get("agent", {}) if content["version"] == "3" else content
