"""The record of the registration at Meta that a relay leaves in the log for the next holder of the lease.

It is a JSON object in UTF-8: `callback_urls`, ours, the newest last, which Meta may not have yet; `callback_url`, the
one that was registered last; `fields` by object or account; `holder`, `since` (in milliseconds), and `release` of the
relay that wrote it. Readers ignore other keys. The displaced subscription, and the token that puts it back, are in the
ledger of the relay that displaced it.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope import __version__
from hookscope.model.timestamps import from_milliseconds, milliseconds
from hookscope.team.log import LogRefusedError

_MOST_URLS = 20
"""Enough for relays with their own addresses; a tunnel's old ones are useless."""


class RegistrationRecord(Struct, frozen=True, kw_only=True):
    """The registration of a log's relays, made or continued by `holder`; empty before the first one."""

    callback_urls: tuple[str, ...] = ()
    callback_url: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    holder: str = ""
    since: datetime | None = None
    release: str = ""

    def to_state(self) -> bytes:
        """Encode the registration as the lease's state."""
        state = {
            "callback_urls": self.callback_urls,
            "callback_url": self.callback_url,
            "fields": dict(self.fields),
            "holder": self.holder,
            "since": self.since and milliseconds(self.since),
            "release": self.release,
        }
        return json.dumps(state, separators=(",", ":")).encode()

    @classmethod
    def from_state(cls, state: bytes | None) -> "RegistrationRecord":
        """Decode a lease's state. Raises LogRefusedError for one of another program."""
        if not state:
            return cls()
        try:
            stored = json.loads(state)
            urls = tuple(map(str, stored["callback_urls"]))
            return cls(
                callback_urls=urls,
                callback_url=str(stored.get("callback_url", urls[-1] if urls else "")),
                fields={str(name): tuple(map(str, several)) for name, several in stored["fields"].items()},
                holder=str(stored["holder"]),
                since=None if stored["since"] is None else from_milliseconds(stored["since"]),
                release=str(stored["release"]),
            )
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            raise LogRefusedError(
                f"the state of the shared log's lease cannot be read: {error}",
                done="nothing was changed at Meta",
                hint="find out which program wrote it: only `hookscope relay` may write into the log",
            ) from error

    def declaring(self, callback_url: str) -> "RegistrationRecord":
        """Return the record with a callback that is about to be registered."""
        known = [url for url in self.callback_urls if url != callback_url][1 - _MOST_URLS :]
        return replace(self, callback_urls=(*known, callback_url))

    def registering(
        self, callback_url: str, fields: Mapping[str, tuple[str, ...]], *, holder: str, since: datetime
    ) -> "RegistrationRecord":
        """Return the registration after a relay of this release has added this one."""
        return replace(
            self.declaring(callback_url),
            callback_url=callback_url,
            fields={**self.fields, **fields},
            holder=holder,
            since=since,
            release=__version__,
        )
