"""What the fixture `build` is, and the settings of a relay for it."""

from collections.abc import Callable
from typing import Any

from hookscope.graph.installations.lease import InstallationLease

Build = Callable[..., InstallationLease]
"""Makes a lease on the accounts given; `holder`, `live` holders, `is_gone`, and settings of the lease are optional."""

STANDING: dict[str, Any] = {"keep": True, "standing": ()}
