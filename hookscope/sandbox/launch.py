"""Starting the sandbox's process. It needs no event loop: a command starts it before it loads one."""

import json
import os
import subprocess
from contextlib import suppress

from hookscope import subprocesses
from hookscope.errors import HookscopeError
from hookscope.samples.business import business_of
from hookscope.secret_sources import Secret


def launch(*, app_id: str | None = None, app_secret: Secret | None = None) -> subprocess.Popen[bytes]:
    """Start a sandbox that plays the demo to this app, or to one that it makes up.

    Its business is the one that the environment names. Raises UsageError for a wrong one, and HookscopeError.

    The process has a session of its own, so that no Ctrl-C on the terminal ends it before its run has put everything
    back. It ends with its stdin, and so never outlives this process. Its stdout says where it serves.
    """
    business_of(os.environ)  # The process reads it again; here, a mistake is the user's, and not a failed start.
    try:
        process = subprocess.Popen(
            subprocesses.module_command("hookscope.sandbox"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=subprocesses.environment(),
        )
    except OSError as error:
        raise failed_start(f"the sandbox cannot be started: {error}") from error
    wanted = {"app_id": app_id, "app_secret": app_secret and app_secret.reveal()}
    assert process.stdin
    with suppress(BrokenPipeError):  # It has ended already, and its last words tell why.
        process.stdin.write(json.dumps(wanted).encode() + b"\n")  # No secret is in its environment.
        process.stdin.flush()
    return process


def discard(process: subprocess.Popen[bytes]) -> None:
    """End a sandbox that no run has, or no run anymore: nothing in it has to be put back."""
    with process:
        process.kill()


def failed_start(message: str) -> HookscopeError:
    """Return the error for a sandbox that does not start."""
    return HookscopeError(
        message, done="its process was stopped", hint="start `hookscope sandbox` on its own to see its error"
    )
