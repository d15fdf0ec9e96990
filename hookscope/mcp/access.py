"""The journal, secrets and targets that the tools may use."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hookscope import urls
from hookscope.errors import UsageError
from hookscope.secret_sources import SecretSources
from hookscope.settings import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access that the user has granted on the command line.

    `app` is the one that the doctor examines. With `may_send`, captures and samples may go to `targets`, in the form of
    `urls.check_target`, or to any address of this machine when there are none.
    """

    journal: Path
    secrets: SecretSources
    app: App | None = None
    may_send: bool = False
    targets: tuple[str, ...] = ()

    def check_target(self, text: str) -> str:
        """Return the full URL of an allowed target. Raises UsageError for any other."""
        target = urls.check_target(text)
        if target in self.targets or (not self.targets and urls.is_loopback(urlsplit(target).hostname or "")):
            return target
        allowed = ", ".join(self.targets) or "addresses of this machine"
        raise UsageError(
            f"{target} is not among the targets that the user allows: {allowed}",
            done="nothing was sent",
            hint=f"only the user can allow it, where the server is started: hookscope mcp --allow-send --to {target}",
        )
