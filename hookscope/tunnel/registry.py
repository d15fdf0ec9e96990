"""The ways to be reached from outside, by name: the one list for options, messages and the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hookscope.errors import UsageError
from hookscope.settings import TunnelSettings
from hookscope.tunnel.base import Announce, Tunnel

Factory = Callable[[TunnelSettings, str, Announce], Tunnel]
"""Makes a tunnel of these settings for the run of that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A kind of tunnel. The factory loads what it needs only when it is called."""

    name: str
    description: str
    factory: Factory


def _ngrok(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.ngrok import NgrokTunnel

    return NgrokTunnel(settings, key=key, announce=announce)


def _direct(settings: TunnelSettings, _key: str, _announce: Announce) -> Tunnel:
    from hookscope.tunnel.direct import DirectTunnel

    return DirectTunnel(settings.public_url)


PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(name="ngrok", description="an endpoint of ngrok's, through its agent", factory=_ngrok),
        Provider(name="none", description="no tunnel: your own --public-url, or this machine alone", factory=_direct),
    )
}


def find(name: str) -> Provider:
    """Return the provider of that name. Raises UsageError with the known names for any other."""
    if provider := PROVIDERS.get(name):
        return provider
    raise UsageError(f"there is no tunnel {name!r}", hint=f"known are: {', '.join(PROVIDERS)}")


def build(settings: TunnelSettings, *, key: str, announce: Announce) -> Tunnel:
    """Return the tunnel that the settings name, not opened yet. Raises UsageError for an unknown name."""
    return find(settings.name).factory(settings, key, announce)
