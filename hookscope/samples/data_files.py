"""The data files behind the catalog.

`data/*.json` holds an object's samples in the order in which they are listed, the default of each field first. A
sample's `fields` makes one for each of several fields of the same shape. `"...": NAME` in an object of a value stands
for the members of that part in `parts.json`; others beside it go before them. A key that ends with `?` belongs to the
form with WhatsApp's business-scoped user ids alone. `source`, of a file or a sample, names one of `sources.json`. An
`envelope` with `"values": []` holds a list even of one value.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from hookscope.meta.notification import EntryForm
from hookscope.samples.sample import Sample
from hookscope.samples.source import SampleSource, SourceKind

_SPREAD = "..."
_UNKNOWN_SHAPE = "unknown_shape"


@cache
def words() -> dict[str, Any]:
    """Return the names of people in samples, and their texts."""
    return _data("words")


def read_samples(name: str) -> Iterator[Sample]:
    """Return the samples of a file."""
    data = _data(name)
    for one in data["samples"]:
        is_guess = one.get("guess", False)
        source = one.get("source") or (_UNKNOWN_SHAPE if is_guess else data["source"])
        for field in one.get("fields") or [one["field"]]:
            yield Sample(
                object=data["object"],
                field=field,
                variant=one.get("variant", ""),
                title=one["title"].replace("{field}", field),
                form=EntryForm(one.get("form", EntryForm.CHANGES)),
                verb=one.get("verb"),
                has_uid=one.get("uid", False),
                source=_sources()[source],
                is_guess=is_guess,
                owner=one.get("owner", "${owner}"),
                envelope=one.get("envelope"),
                value=_spread(one.get("value")),
            )


def unknown_shape() -> SampleSource:
    """Return the source of a sample of which only the field's name is known."""
    return _sources()[_UNKNOWN_SHAPE]


@cache
def _sources() -> dict[str, SampleSource]:
    return {
        name: SampleSource(kind=SourceKind(one["kind"]), title=one["title"], read=one["read"])
        for name, one in _data("sources").items()
    }


@cache
def _parts() -> dict[str, Any]:
    return _data("parts")


def _spread(value: Any) -> Any:
    """Return the value with its parts expanded."""
    match value:
        case dict():
            part = _spread(_parts()[value[_SPREAD]]) if _SPREAD in value else {}
            return {**part, **{key: _spread(inner) for key, inner in value.items() if key != _SPREAD}}
        case list():
            return [_spread(inner) for inner in value]
        case _:
            return value


def _data(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((files("hookscope.samples") / "data" / f"{name}.json").read_bytes())
    return value
