"""The tunnel providers by name: the one list for options, messages and the engine."""

from collections.abc import Callable

from msgspec import Struct

from hookscope.errors import TunnelError, UsageError
from hookscope.settings import TunnelSettings
from hookscope.tunnel.base import Announce, Tunnel

AUTO = "auto"
"""The name for the first tunnel that is installed."""

Factory = Callable[[TunnelSettings, str, Announce], Tunnel]
"""Makes a tunnel of these settings for the run of that key."""


class Provider(Struct, frozen=True, kw_only=True):
    """A kind of tunnel. The factory loads what it needs only when it is called.

    A project file, which comes with anybody's checkout, may choose a harmless one: it starts no program, and leads only
    through hosts that everybody expects. Automatic choice takes the first whose `program` is on PATH.
    """

    name: str
    description: str
    factory: Factory
    is_harmless: bool = False
    program: str | None = None


def _ngrok(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.ngrok import NgrokTunnel

    return NgrokTunnel(settings, key=key, announce=announce)


def _cloudflared(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.cloudflared import CloudflaredTunnel

    return CloudflaredTunnel(settings, key=key, announce=announce)


def _ssh(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.ssh import SshTunnel

    return SshTunnel(settings, key=key, announce=announce)


def _tailscale(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.tailscale import TailscaleTunnel

    return TailscaleTunnel(settings, key=key, announce=announce)


def _localtunnel(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.localtunnel import LocaltunnelTunnel

    return LocaltunnelTunnel(settings, key=key, announce=announce)


def _command(settings: TunnelSettings, key: str, announce: Announce) -> Tunnel:
    from hookscope.tunnel.command import CommandTunnel

    return CommandTunnel(settings, key=key, announce=announce)


def _direct(settings: TunnelSettings, _key: str, _announce: Announce) -> Tunnel:
    from hookscope.tunnel.direct import DirectTunnel

    return DirectTunnel(settings.public_url)


PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="ngrok",
            description="an ngrok endpoint, through its agent",
            factory=_ngrok,
            is_harmless=True,
            program="ngrok",
        ),
        Provider(
            name="none",
            description="no tunnel: your own --public-url, or only this machine",
            factory=_direct,
            is_harmless=True,
        ),
        Provider(
            name="cloudflared",
            description="a Cloudflare tunnel, without an account",
            factory=_cloudflared,
            program="cloudflared",
        ),
        Provider(name="tailscale", description="Tailscale Funnel", factory=_tailscale, program="tailscale"),
        Provider(name="localtunnel", description="localtunnel's client lt", factory=_localtunnel, program="lt"),
        Provider(name="ssh", description="ssh -R, to a service or to --tunnel-host", factory=_ssh, program="ssh"),
        Provider(name="command", description="a program of your own, by --tunnel-command", factory=_command),
    )
}
"""The only list of tunnels: a new one is a module here and an entry. Automatic choice follows its order."""


def find(name: str) -> Provider:
    """Return the provider of that name. Raises UsageError with the known names for any other."""
    if provider := PROVIDERS.get(name):
        return provider
    raise UsageError(f"there is no tunnel {name!r}", hint=f"choose from: {', '.join(PROVIDERS)}")


def build(settings: TunnelSettings, *, key: str, announce: Announce) -> Tunnel:
    """Return the tunnel that the settings name, not opened yet; for AUTO, the first that is installed.

    Raises UsageError for an unknown name, and TunnelError if none is installed.
    """
    provider = _choose(announce) if settings.name == AUTO else find(settings.name)
    tunnel = provider.factory(settings, key, announce)
    others = ", ".join(other for other in PROVIDERS if other not in (provider.name, "none"))
    tunnel.other_ways = f"another --tunnel ({others}), or {Tunnel.other_ways}"
    return tunnel


def _choose(announce: Announce) -> Provider:
    from hookscope.tunnel.program_path import find_program

    candidates = {provider.program: provider for provider in PROVIDERS.values() if provider.program}
    for program, provider in candidates.items():
        if find_program(program):
            announce(f"the tunnel is {provider.name}: of {', '.join(candidates)}, {program} is the first installed")
            return provider
    raise TunnelError(
        f"none of {', '.join(candidates)} is installed",
        done="nothing was started",
        hint="install one, or choose ngrok with --tunnel ngrok, which is downloaded",
    )
