"""The evidence that the checks judge, as values; `hookscope.diagnosis.doctor.collector` gathers it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from hookscope.diagnosis.doctor.journal_facts import JournalFacts
from hookscope.diagnosis.finding import Finding
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import Subscription
from hookscope.meta.token_info import TokenInfo


class Unknown(Struct, frozen=True):
    """Something that could not be learned, why, and the next step if there is a particular one."""

    why: str
    hint: str | None = None


UNOPENED = Unknown("none of the given tokens gives access to it")
"""The reason why nothing is known about an account that the user named."""


class RegisteredSubscription(Struct, frozen=True, kw_only=True):
    """A subscription of the app, and the version that each field was subscribed with, as far as Meta reports it."""

    subscription: Subscription
    versions: Mapping[str, str] = field(default_factory=dict)


class GivenToken(Struct, frozen=True, kw_only=True):
    """An access token of this process.

    With its environment variable, the kind expected there, and Meta's description of it.
    """

    variable: str
    expected: str
    info: TokenInfo | Unknown

    def accepts(self, kind: str) -> bool:
        """Return whether the variable is for tokens of that kind; a system user's is a user's, too."""
        return kind == self.expected or (self.expected, kind) == ("USER", "SYSTEM_USER")


class CheckedAccount(Struct, frozen=True, kw_only=True):
    """A Page or a WhatsApp account, and the apps that it has installed."""

    id: str
    name: str
    installed: tuple[SubscribedApp, ...] | Unknown


class Evidence(Struct, frozen=True, kw_only=True):
    """Everything that the checks judge.

    `graph` is the outcome of the first call, with the app's own token. `wanted` maps each object that the user or a run
    of this machine wants to its fields, which may be none. `entries` are the ledger's open ones by object,
    `installations` those of accounts, and `live` the keys of the runs that are alive. `callbacks` maps the URLs that
    were asked to the findings on them; `url` and `page_ids` are those that the user named. `tokens` are all that were
    given, which may be none. `facts` are the journal's about this app.
    """

    app_id: str
    graph_version: str
    at: datetime
    graph: Finding
    served_version: str | None = None
    registered: tuple[RegisteredSubscription, ...] | Unknown
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: Mapping[str, LedgerEntry] = field(default_factory=dict)
    installations: tuple[InstallationEntry, ...] = ()
    live: frozenset[str] = frozenset()
    callbacks: Mapping[str, Finding] = field(default_factory=dict)
    url: Finding | None = None
    tokens: tuple[GivenToken, ...] | Unknown = Unknown("no token was examined")
    pages: tuple[CheckedAccount, ...] | Unknown = Unknown("no Page was checked")
    page_ids: tuple[str, ...] = ()
    whatsapp: tuple[CheckedAccount, ...] | Unknown = Unknown("no WhatsApp account was checked")
    facts: JournalFacts | Unknown = Unknown("there is no journal")

    def registration(self, topic: str) -> RegisteredSubscription | None:
        """Return the app's subscription for an object, if one is known."""
        rows = () if isinstance(self.registered, Unknown) else self.registered
        return next((row for row in rows if row.subscription.object == topic), None)
