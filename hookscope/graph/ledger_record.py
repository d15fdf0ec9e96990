"""The common part of the ledger's entries."""

import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from hookscope.model.run_events import Ending, RunEvent
from hookscope.secret_sources import Secret


class LedgerRecord(Struct, frozen=True, kw_only=True):
    """A change that was made for an app. `id` is 0 until the ledger has numbered it.

    `callback_urls` are ours, the newest last: a tunnel may come back elsewhere. `fields` are those asked for.
    `restore_verify_token` makes the displaced callback pass Meta's verification; None when that is not needed or not
    possible, and in every closed entry. `holder` is the run's key. `kept` means that the change was made, and stays on
    purpose when the run ends; `is_relays`, which is written before the change, that a relay makes it. `outcome` and
    `reason` say how the entry was closed.
    """

    id: int = 0
    graph_url: str
    graph_version: str
    app_id: str
    callback_urls: tuple[str, ...]
    fields: tuple[str, ...]
    restore_verify_token: Secret | None = None
    holder: str
    kept: bool = False
    is_relays: bool = False
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """True if something of it may still be there."""
        return self.closed_at is None

    @property
    def stays(self) -> bool:
        """True if it may outlive its process; a relay that is killed in its call could not note that it is kept."""
        return self.kept or self.is_relays

    def adopting(self, callback_urls: Iterable[str]) -> Self:
        """Return the entry with callbacks of other relays of the same log, which count as ours."""
        others = tuple(url for url in callback_urls if url not in self.callback_urls)
        return replace(self, callback_urls=(*others, *self.callback_urls))

    def pointing_to(self, callback_url: str) -> Self:
        """Return the entry with another callback of ours, the newest."""
        known = tuple(url for url in self.callback_urls if url != callback_url)
        return replace(self, callback_urls=(*known, callback_url))

    @property
    def subject(self) -> str:
        """The object or the account that was changed, in words."""
        raise NotImplementedError

    @property
    def replaced(self) -> str:
        """The registration that the change replaced, in words; empty when there was none."""
        raise NotImplementedError

    @property
    def teardown(self) -> tuple[str, ...]:
        """The arguments of the command that puts this entry back."""
        raise NotImplementedError

    def ended(self, ending: Ending, reason: str, *, callback_url: str | None) -> RunEvent:
        """Return the event for the end of this change; `callback_url` is what is registered now, None for nothing."""
        raise NotImplementedError

    def ended_callback(self, ending: Ending, registered: str | None) -> str | None:
        """Return the callback that the event of an end names: without a registered one, ours, which was the last."""
        if registered or ending is Ending.RESTORED:  # An account may have had no callback of its own before.
            return registered
        return next(reversed(self.callback_urls), None)

    @property
    def teardown_command(self) -> str:
        """The command that puts this entry back."""
        return shlex.join(("hookscope", *self.teardown))
