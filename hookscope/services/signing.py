"""The app secrets for signing requests."""

from collections.abc import Callable

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture, Run, Source
from hookscope.outbound.replay.mutation import is_made_by
from hookscope.sandbox.address import made_up_secret
from hookscope.secret_sources import Secret, SecretSources

Ask = Callable[[str], Secret]
"""Asks for the secret of the app with that id, or of "the app". Raises UsageError when there is no answer."""


class Signing:
    """Finds the secret for a capture: the one that made its signature, else the app's, which `ask` may have to get."""

    def __init__(self, history: JournalReader, secrets: SecretSources, ask: Ask) -> None:
        self._history = history
        self._secrets = secrets
        self._ask = ask
        self._app: Secret | None = secrets.app_secret
        self._runs: dict[int, Run | None] = {}

    def secret_of(self, capture: Capture) -> Secret:
        """Return the secret to sign a capture with. Raises UsageError when there is none."""
        run = self._run(capture.run_id)
        own = (self._app,) if self._app else ()
        made_up = (made_up_secret(run.app_id),) if run else ()
        known: tuple[Secret, ...] = (*own, *self._secrets.extra_secrets, *made_up)
        for secret in known:
            if is_made_by(capture, secret):
                return secret
        if made_up and capture.source is Source.SANDBOX:  # A forged event that the sandbox has sent.
            return made_up[0]
        if self._app is None:
            self._app = self._asked(capture, run)
        return self._app

    def _asked(self, capture: Capture, run: Run | None) -> Secret:
        try:
            return self._ask((run and run.meta_app_id) or "the app")
        except UsageError as error:
            raise UsageError(
                f"#{capture.id} cannot be signed again without the app secret",
                done="nothing was sent",
                hint=f"{error.hint}; --no-resign keeps the old signature",
            ) from error

    def _run(self, number: int | None) -> Run | None:
        if number is None:
            return None
        if number not in self._runs:
            self._runs[number] = self._history.run(number)
        return self._runs[number]
