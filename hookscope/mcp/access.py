"""The journal, secrets and targets that the tools may use."""

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from hookscope import urls
from hookscope.errors import UsageError
from hookscope.secret_sources import SecretSources
from hookscope.services.replay_target import targets_of_runs
from hookscope.settings import App

_MOST_NAMED = 5
_NONE = "no run of this journal forwards to this machine"


class Access(Struct, frozen=True, kw_only=True):
    """The access that the user has granted on the command line.

    `app` is the one that the doctor examines. With `may_send`, captures and samples may go to `targets`, in the form of
    `urls.check_target`, or to where the journal's runs forward on this machine when there are none.
    """

    journal: Path
    secrets: SecretSources
    app: App | None = None
    may_send: bool = False
    targets: tuple[str, ...] = ()

    def check_target(self, text: str) -> str:
        """Return the full URL of an allowed target. Raises UsageError for any other."""
        target = urls.check_target(text)
        allowed = self.targets or self._targets_of_runs()
        if target in allowed:
            return target
        raise UsageError(
            f"{target} is not among the targets that the user allows: {', '.join(allowed[:_MOST_NAMED]) or _NONE}",
            done="nothing was sent",
            hint=f"only the user can allow it, where the server is started: hookscope mcp --allow-send --to {target}",
        )

    def _targets_of_runs(self) -> tuple[str, ...]:
        targets = targets_of_runs(self.journal)
        return tuple(target for target in targets if urls.is_loopback(urlsplit(target).hostname or ""))
