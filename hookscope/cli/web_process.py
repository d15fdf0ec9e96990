"""The screen in a browser: a process that serves it on loopback."""

import secrets as random_keys
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from hookscope.cli import output
from hookscope.cli.common import keys_of
from hookscope.cli.view_process import ViewProcess
from hookscope.errors import UsageError
from hookscope.secret_sources import SecretSources
from hookscope.settings import Output

_F = TypeVar("_F", bound=Callable[..., Any])

web_option: Callable[[_F], _F] = click.option(
    "--web", is_flag=True, help="Show the screen in a browser; needs hookscope[web]."
)


def check_web(*, web: bool, asked: str | None) -> None:
    """Check that the screen can be shown in a browser if it was asked for. Raises UsageError."""
    if not web:
        return
    if asked == Output.TUI:
        raise UsageError(
            "--web shows the screen in a browser, and --output tui on the terminal",
            hint="leave one of them out; `hookscope attach` opens another view beside either",
        )
    if find_spec("textual_serve") is None:
        raise UsageError(
            "--web needs a package that is not installed here",
            hint="pip install 'hookscope[web]', or from a checkout: pip install '.[web]'",
        )


@contextmanager
def web_view(
    *, web: bool, address: Path, journal: Path, secrets: SecretSources, attached: bool = False
) -> Iterator[None]:
    """Serve the screen within the context if `web` is true, and print its address."""
    if not web:
        yield
        return
    key = random_keys.token_urlsafe(32)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        view = ViewProcess(
            "hookscope.web",
            "--listener",
            str(listener.fileno()),
            address=address,
            journal=journal,
            secrets=secrets,
            attached=attached,
            keys=keys_of(click.get_current_context()),
            before=(key,),
            descriptors=(listener.fileno(),),
            is_apart=True,  # Ctrl-C is meant for the run; the browser still shows its end.
        )
    try:
        output.print_progress(f"the screen: http://{host}:{port}/{key}/  (opens once, in one browser of this machine)")
        yield
    finally:
        view.close()
