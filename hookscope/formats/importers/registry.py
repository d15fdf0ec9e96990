"""The forms of files that captures can be read from: the one list for recognizing, messages and help."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from hookscope.formats.importers import har, ndjson, ngrok
from hookscope.model.record import Capture

Value = Mapping[str, Any]
"""A JSON object of a file."""


class ImporterSpec(Struct, frozen=True, kw_only=True):
    """A form of file, recognized by its content.

    `description` is what messages and help call a file of it. With a `place`, its entries are the elements of the list
    that these keys lead to, such as `("log", "entries")`, each of them an `element` where a message names one; entries
    that follow each other as JSON objects are those that `recognizes` holds for. `capture_of` makes a capture of an
    entry, with the secrets to judge its signature by; None for an entry that tells of something else, ValueError for
    one that cannot be read.
    """

    name: str
    description: str
    capture_of: Callable[[Value, Sequence[str]], Capture | None]
    place: tuple[str, ...] = ()
    element: str = "entry"
    recognizes: Callable[[Value], bool] = lambda _: False


IMPORTERS: dict[str, ImporterSpec] = {
    spec.name: spec
    for spec in (
        ImporterSpec(name="har", description="a HAR file", capture_of=har.capture_of, place=("log", "entries")),
        ImporterSpec(
            name="ndjson",
            description="hookscope's own NDJSON",
            capture_of=ndjson.read_line,
            recognizes=ndjson.is_line,
        ),
        ImporterSpec(
            name="ngrok",
            description="a response of ngrok's /api/requests/http",
            capture_of=ngrok.capture_of,
            place=("requests",),
            element="request",
            recognizes=ngrok.is_request,
        ),
    )
}
"""The only list of import formats: a new one is a module in this package and an entry here."""


def find_by_key(key: str) -> ImporterSpec | None:
    """Return the form whose files have their entries below that key of the whole document."""
    return next((spec for spec in IMPORTERS.values() if spec.place[:1] == (key,)), None)


def find_by_entry(entry: Value) -> ImporterSpec | None:
    """Return the form of an entry that stands by itself."""
    return next((spec for spec in IMPORTERS.values() if spec.recognizes(entry)), None)


def describe_all() -> str:
    """Return all that can be read, as a part of a sentence."""
    *firsts, last = (spec.description for spec in IMPORTERS.values())
    return f"{', '.join(firsts)}, or {last}" if firsts else last
