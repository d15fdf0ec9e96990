"""What a relay leaves in the log about the registration at Meta, for the one that has the lease next.

A JSON object in UTF-8: `callback_urls`, ours, the newest last; `fields` by object; `release`, that of the relay.
Readers ignore other keys. What was displaced, and the token that puts it back, are in the ledger of the relay that
displaced it.
"""

import json
from collections.abc import Mapping

from hookscope.frozen import fast_frozen_dataclass
from hookscope.team.log import LogRefusedError

_MOST_URLS = 20
"""Enough for relays with addresses of their own; a tunnel's old ones are of no use any more."""


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The registration of a log's relays. Nothing is registered yet without a callback URL."""

    callback_urls: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]]
    release: str

    def to_state(self) -> bytes:
        """Return the lease's state that says so."""
        fields = {name: list(several) for name, several in self.fields.items()}
        state = {"callback_urls": list(self.callback_urls), "fields": fields, "release": self.release}
        return json.dumps(state, separators=(",", ":")).encode()

    @classmethod
    def from_state(cls, state: bytes | None) -> "Registered":
        """Return what a lease's state says. Raises LogRefusedError for one of another program."""
        if not state:
            return cls(fields={}, release="")
        try:
            told = json.loads(state)
            fields = {str(name): tuple(map(str, several)) for name, several in told["fields"].items()}
            urls = tuple(map(str, told["callback_urls"]))
            return cls(callback_urls=urls, fields=fields, release=str(told["release"]))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise LogRefusedError(
                f"the state of the shared log's lease cannot be read: {error}",
                done="nothing was changed at Meta",
                hint="find out which program wrote it: only `hookscope relay` may write into the log",
            ) from error

    def registering(self, callback_url: str, fields: Mapping[str, tuple[str, ...]], release: str) -> "Registered":
        """Return what is registered after a relay has registered this."""
        known = [url for url in self.callback_urls if url != callback_url][1 - _MOST_URLS :]
        return Registered(callback_urls=(*known, callback_url), fields={**self.fields, **fields}, release=release)
