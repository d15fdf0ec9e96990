"""The options of an export besides its format."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from hookscope.formats.redaction import redact_text
from hookscope.model.record import Capture
from hookscope.urls import percent_encode

PLACEHOLDER = "http://localhost:3000/webhook"
"""The placeholder target of commands and tests when none is given."""


class Options(Struct, frozen=True, kw_only=True):
    """The target of commands and tests is `to`, else the result of `default_target`, else a placeholder.

    With `redact`, the texts in `secrets` are removed wherever they occur, and `scrub` removes those that only another
    process knows, from several captures at once. `resign` makes commands compute the signature from
    HOOKSCOPE_APP_SECRET when they are run.
    """

    to: str | None = None
    default_target: Callable[[Capture], str | None] = lambda _: None
    redact: bool = True
    scrub: Callable[[Sequence[Capture]], Sequence[Capture]] = lambda captures: captures
    secrets: tuple[str, ...] = ()
    resign: bool = False

    def target_of(self, capture: Capture) -> str | None:
        """Return the target of a capture, if there is one."""
        if self.to is not None:
            return self.to
        target = self.default_target(capture)
        return redact_text(target, self.secrets) if target and self.redact else target

    def url_of(self, capture: Capture) -> str:
        """Return the whole URL for a capture: its own query follows the target's, as Meta does it."""
        parts = urlsplit(self.target_of(capture) or PLACEHOLDER)
        query = "&".join(part for part in (percent_encode(parts.query), query_of(capture)) if part)
        return urlunsplit(parts._replace(path=percent_encode(parts.path or "/"), query=query, fragment=""))


def query_of(capture: Capture) -> str:
    """Return the query of the request's target; bytes that no URL holds are percent-encoded."""
    query = capture.request.target.partition("?")[2].partition("#")[0]
    return percent_encode(query.encode("latin-1", "replace"))
