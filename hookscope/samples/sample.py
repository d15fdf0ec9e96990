"""One sample of the catalog, as its data file describes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from hookscope.meta.notification import EntryForm
from hookscope.samples.source import SampleSource

OPTIONAL = "?"
"""Ends a key of `value` that only the form with WhatsApp's business-scoped user ids has."""


class Sample(Struct, frozen=True, kw_only=True):
    """An event of a field.

    `value` holds placeholders, which a PlaceholderFiller fills; None for a change without a value.

    `source` says where the shape comes from; `is_guess` that Meta's own is not public, or was not seen: only the
    field's name is certain. `owner` is a placeholder when the entry has another id than the account's; `envelope`
    replaces `object` and `entry` when an object has its own.
    """

    object: str
    field: str
    variant: str = ""
    title: str
    form: EntryForm = EntryForm.CHANGES
    verb: str | None = None
    has_uid: bool = False
    source: SampleSource
    is_guess: bool = False
    owner: str = "${owner}"
    envelope: Mapping[str, Any] | None = None
    value: Any = None

    @property
    def name(self) -> str:
        """OBJECT.FIELD, or OBJECT.FIELD.VARIANT when a field has several samples."""
        return ".".join(part for part in (self.object, self.field, self.variant) if part)

    @property
    def needs_user_ids(self) -> bool:
        """True if somebody in it is known by a business-scoped user id alone."""
        return any("${user_id" in text for text in _required(self.value))


def _required(value: Any) -> Iterator[str]:
    """Yield the texts of a value that are in all its forms."""
    match value:
        case dict():
            for key, inner in value.items():
                if not key.endswith(OPTIONAL):
                    yield from _required(inner)
        case list():
            for inner in value:
                yield from _required(inner)
        case str():
            yield value
