"""What the fixture `build` is, and the settings of a relay for it."""

from collections.abc import Callable
from typing import Any

from hookscope.graph.installations.lease import InstallationLease

Build = Callable[..., InstallationLease]
"""Makes a lease on accounts. Optional: `holder`, the holders that are `live`, `is_gone`, `wait`, and its settings."""

STANDING: dict[str, Any] = {"keep": True, "standing": ()}
