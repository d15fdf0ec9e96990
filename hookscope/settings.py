"""The settings of a run, checked. `hookscope.cli.run.options` knows the source of each value."""

import secrets
import string
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from hookscope.errors import UsageError
from hookscope.meta import catalog
from hookscope.meta.subscription import same_callback
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret, SecretSources
from hookscope.urls import check_target, without_login

if TYPE_CHECKING:
    from hookscope.team.address import LogAddress

GRAPH_URL = "https://graph.facebook.com"


class Ack(StrEnum):
    """The time at which Meta is answered: at once, or with the application's own answer."""

    EARLY = "early"
    APP = "app"


class Output(StrEnum):
    """The display of a run."""

    TUI = "tui"
    PLAIN = "plain"
    JSON = "json"


class App(Struct, frozen=True, kw_only=True):
    """A Meta app on a Graph API."""

    app_id: str
    secret: Secret
    graph_url: str = GRAPH_URL
    graph_version: str = catalog.DEFAULT_VERSION


class Topic(Struct, frozen=True, kw_only=True):
    """An object to subscribe to; `fields` is None for the fields that the app has already."""

    object: str
    fields: tuple[str, ...] | None = None


class TunnelSettings(Struct, frozen=True, kw_only=True):
    """The way in which the receiver is reached from outside.

    `host` is the tunnel's server; `command` is a program of the user's own, and `url_pattern` the regular expression
    that finds the public URL in its output. With `ngrok_pooling`, other endpoints of ngrok may share the domain.
    """

    name: str = "ngrok"
    public_url: str | None = None
    domain: str | None = None
    authtoken: Secret | None = None
    ngrok_path: Path | None = None
    ngrok_pooling: bool = False
    host: str | None = None
    command: str | None = None
    url_pattern: str | None = None


class LeaseSettings(Struct, frozen=True, kw_only=True):
    """The permitted changes to the app's subscriptions, and the settings of their restore.

    `standing` are the callbacks of a registration that outlives its process, as a relay's does: those that the relays
    of its log have registered so far, which are continued. It is None for a run, which puts its registration back.
    """

    verify_token: str
    include_values: bool = True
    takeover: bool = False
    restore_verify_token: str | None = None
    restore_include_values: bool = True
    no_restore: bool = False
    keep: bool = False
    dry_run: bool = False
    standing: tuple[str, ...] | None = None

    def has_standing(self, callback_url: str | None) -> bool:
        """Return whether a callback is that of a relay of this log, on whatever machine."""
        return any(same_callback(callback_url or "", url) for url in self.standing or ())


class Route(Struct, frozen=True, kw_only=True):
    """An application, and the filter of the notifications for it; None for everything."""

    target: str
    filter: str | None = None


class ForwardSettings(Struct, frozen=True, kw_only=True):
    """The applications that get notifications, and the settings of the sending.

    `connections` is how many deliveries one host gets at once, in any order; None for no more than Meta sent at once,
    in order. `headers` are added to each request; `verify` is whether certificates are checked; `handshakes` whether
    Meta's handshakes are forwarded too.
    """

    routes: tuple[Route, ...] = ()
    ack: Ack = Ack.EARLY
    connections: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    verify: bool = True
    handshakes: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """The applications' addresses."""
        return tuple(dict.fromkeys(route.target for route in self.routes))


class StopSettings(Struct, frozen=True, kw_only=True):
    """The conditions that end a run. `timeout` in seconds; `expect` is a filter."""

    after: int | None = None
    expect: str | None = None
    timeout: float | None = None


class Missed(StrEnum):
    """The treatment of a shared log's entries since the last run: they are only shown, or also forwarded."""

    SHOW = "show"
    FORWARD = "forward"


class MirrorSettings(Struct, frozen=True, kw_only=True):
    """The shared log to mirror.

    `history` limits how much a new mirror copies: entries of that age, or that number of entries; None copies all.
    `name` is shown to colleagues; with `polls`, the log is polled because it announces nothing.
    """

    address: "LogAddress"
    missed: Missed = Missed.SHOW
    history: timedelta | int | None = timedelta(hours=36)
    name: str
    polls: bool = False


class RunSettings(Struct, frozen=True, kw_only=True):
    """The settings of `hookscope run`. In a sandbox the app is made up, and its Graph URL not yet known.

    A run with `mirror` registers nothing: its captures come from that log, whose name is its app id. `accounts` are the
    Pages on which the app is installed, and the WhatsApp account or phone number whose events come here in place of the
    app's.
    """

    app: App
    secrets: SecretSources = field(default_factory=SecretSources)
    topics: tuple[Topic, ...] = (Topic(object="page"),)
    accounts: tuple[Scope, ...] = ()
    sandbox: bool = False
    mirror: MirrorSettings | None = None
    tunnel: TunnelSettings = field(default_factory=TunnelSettings)
    lease: LeaseSettings
    forward: ForwardSettings = field(default_factory=ForwardSettings)
    host: str = "127.0.0.1"
    port: int = 0
    path: str
    journal: Path
    output: Output = Output.PLAIN
    stop: StopSettings = field(default_factory=StopSettings)

    @property
    def app_topics(self) -> tuple[Topic, ...]:
        """The objects for which the app's subscription is to lead here."""
        overridden = {scope.object for scope in self.accounts if scope.kind is not ScopeKind.PAGE}
        return tuple(topic for topic in self.topics if topic.object not in overridden)


def random_verify_token() -> str:
    """Return 32 letters and digits: other characters do not survive Meta's dashboard and handshake unchanged."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))


def random_path() -> str:
    """Return an unguessable callback path."""
    return f"/{secrets.token_urlsafe(18)}"


def check_route(text: str) -> Route:
    """Parse `FILTER=>URL`, or a plain address for everything; the filter itself is not checked. Raises UsageError."""
    wanted, arrow, address = text.rpartition("=>")
    if arrow and not wanted.strip():
        raise UsageError(
            f"{without_login(text)!r} has no filter before its '=>'", hint="write something like 'field:feed=>3000'"
        )
    return Route(target=check_target(address), filter=wanted.strip() or None)


def check_header(text: str) -> tuple[bytes, bytes]:
    """Parse `Name: value`, into the bytes that were typed; raises UsageError for an invalid HTTP header."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    usable = bool(colon) and name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    if not usable or any(char in value for char in "\r\n\0"):
        raise UsageError("a --header is not an HTTP header line", hint="write NAME:VALUE, for example X-Stage:dev")
    if name.lower() in ("host", "content-length", "transfer-encoding", "connection"):
        raise UsageError(f"--header cannot set {name}", hint="the connection sets it")
    return name.encode(), value.encode("utf-8", "surrogateescape")


def check_app_id(text: str) -> str:
    """Return the id of an app; raises UsageError for anything else."""
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"--app-id {text!r} is not an app id", hint="it is the number at the top of the App Dashboard")
    return text


def check_graph_version(text: str) -> str:
    """Return a Graph API version such as `v25.0`; raises UsageError for anything else."""
    major, dot, minor = text.removeprefix("v").partition(".")
    if not (major.isdecimal() and (minor.isdecimal() or not dot)):
        raise UsageError(
            f"--graph-version {text!r} is not a version", hint=f"use something like {catalog.DEFAULT_VERSION}"
        )
    return f"v{major}.{minor or 0}"


def check_object(name: str) -> str:
    """Return the name of an object; raises UsageError for a probable typo.

    An unknown name that resembles no known one is accepted: Meta may have added it.
    """
    if name not in catalog.OBJECTS and (meant := catalog.nearest(name, catalog.OBJECTS, cutoff=0.75)):
        raise UsageError(f"there is no object {name!r}", done="nothing was changed", hint=f"did you mean {meant!r}?")
    return name


def check_fields(text: str) -> tuple[str, ...]:
    """Parse `a,b`; raises UsageError if it names no field."""
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    if not names:
        raise UsageError(f"--fields {text!r} names no field", hint="name at least one, such as --fields feed")
    return names


def topics(objects: tuple[str, ...], fields: tuple[str, ...]) -> tuple[Topic, ...]:
    """Pair objects with their fields: `a,b` for a single object, `OBJECT:a,b,OBJECT:c` when there are several."""
    chosen: dict[str, tuple[str, ...] | None] = dict.fromkeys(map(check_object, objects or ("page",)))
    for text in fields:
        for named, names in _by_object(text):
            if named is None and len(chosen) > 1:
                raise UsageError(
                    f"--fields {text!r} does not name its object", hint=f"write {next(iter(chosen))}:{text}"
                )
            topic = next(iter(chosen)) if named is None else named
            if topic not in chosen:
                raise UsageError(
                    f"--fields {text!r} names an object that was not requested", hint=f"add --object {topic}"
                )
            chosen[topic] = tuple(dict.fromkeys((*(chosen[topic] or ()), *check_fields(names))))
    return tuple(Topic(object=name, fields=chosen[name]) for name in chosen)


def _by_object(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield the objects that `page:a,b,user:c` names, each with its fields; None for the first if it is not named."""
    named, names = None, list[str]()
    for part in text.split(","):
        topic, colon, name = part.rpartition(":")
        if colon and (named is not None or names):
            yield named, ",".join(names)
            names = []
        named = topic.strip() if colon else named
        names.append(name)
    yield named, ",".join(names)
