"""The options of `hookscope run` for its public URL: the tunnel, the receiver behind it, and the callback."""

import click

from hookscope.cli.param_types import RegistryChoice
from hookscope.cli.run.option import option
from hookscope.tunnel import registry

PUBLIC_URL = (
    option(
        "--tunnel",
        env="HOOKSCOPE_TUNNEL",
        default="ngrok",
        type=RegistryChoice(registry.PROVIDERS),
        help="The tunnel to the receiver [ngrok].",
    ),
    option(
        "--tunnel-host",
        env="HOOKSCOPE_TUNNEL_HOST",
        metavar="HOST",
        help="The tunnel's server: USER@HOST[:PORT] for ssh, a URL for localtunnel.",
    ),
    option(
        "--tunnel-command",
        env="HOOKSCOPE_TUNNEL_COMMAND",
        metavar="COMMAND",
        help="A program that opens a tunnel to {port} or {url} and prints its URL; implies --tunnel command.",
    ),
    option(
        "--tunnel-url-pattern",
        env="HOOKSCOPE_TUNNEL_URL_PATTERN",
        metavar="REGEX",
        help="A pattern for its public URL [the only https URL that it prints].",
    ),
    option(
        "--public-url",
        env="HOOKSCOPE_PUBLIC_URL",
        metavar="URL",
        help="Your own public address; implies --tunnel none. `auto`: the first tunnel that is installed.",
    ),
    option("--domain", env="HOOKSCOPE_DOMAIN", metavar="NAME", help="The name to ask the tunnel for."),
    option(
        "--ngrok-path",
        env=("HOOKSCOPE_NGROK_PATH", "PYNGROK_NGROK_PATH"),
        type=click.Path(),
        metavar="FILE",
        help="The ngrok agent [on PATH, else it is downloaded].",
    ),
    option(
        "--ngrok-pooling",
        env="HOOKSCOPE_NGROK_POOLING",
        is_flag=True,
        help="Share --domain with other ngrok endpoints, among which ngrok spreads the requests.",
    ),
    option(
        "--host",
        env="HOOKSCOPE_HOST",
        default="127.0.0.1",
        show_default=True,
        metavar="HOST",
        help="The address that the receiver listens on.",
    ),
    option(
        "--port",
        env="HOOKSCOPE_PORT",
        default=0,
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="The port that the receiver listens on [a free one].",
    ),
    option("--path", env="HOOKSCOPE_PATH", metavar="PATH", help="The callback's path [random, unguessable]."),
    option(
        "--verify-token",
        env="HOOKSCOPE_VERIFY_TOKEN",
        metavar="TOKEN",
        help="The token that Meta must send in its handshake [random].",
    ),
)
"""The section "Public URL" of the help."""
