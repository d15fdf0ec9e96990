"""The shapes of the catalog's samples: keys, required keys, kinds of values, and the values of types."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct, field

from hookscope.meta.catalog import FIELDS
from hookscope.samples.catalog import all_samples, of_field
from hookscope.samples.sample import OPTIONAL, Sample

TYPE_KEYS = frozenset(("item", "verb", "type", "status", "event", "action", "reaction_type"))
"""The keys whose values tell one event from another."""

_DATA_KEYED = frozenset(("app_roles", "notes", "questions"))
"""Objects whose keys are data: ids of apps, or names that an app gave."""

_OF_ANY_SHAPE = "nlp"
"""What an NLP model finds; each model has its own shape."""

_ANY_KEY = "{}"
_ENOUGH = 4
"""The number of samples that must show a key before its absence is reported, or its values count as complete."""

Path = tuple[str, ...]


class PayloadShape(Struct):
    """The values that the samples of a field have at each path; lists count as their items."""

    kinds: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    keys: dict[Path, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    objects: Counter[Path] = field(default_factory=Counter)
    values: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))

    def required(self, path: Path) -> set[str]:
        """Return the keys that every sample has in the object at a path; none where there are too few samples."""
        seen = self.objects[path]
        return {key for key, count in self.keys[path].items() if count == seen} if seen >= _ENOUGH else set()

    def known_values(self, path: Path) -> set[str]:
        """Return the values of a type at a path; none where there are too few to be all."""
        return self.values[path] if len(self.values[path]) >= _ENOUGH else set()


def kind(value: Any) -> str:
    """Return the kind of a JSON value: numbers and strings are one kind, since ids come as either."""
    return "object" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value with its path: a list's items under `[]`, those of an object whose keys are data under `{}`.

    What can have any shape is yielded without what it holds.
    """
    yield path, value
    if path and path[-1] == _OF_ANY_SHAPE:
        return
    match value:
        case dict():
            is_data = bool(path) and path[-1] in _DATA_KEYED
            for key, inner in value.items():
                yield from walk(inner, (*path, _ANY_KEY if is_data else key))
        case list():
            for inner in value:
                yield from walk(inner, (*path, "[]"))


@cache
def shape_of(topic: str, name: str) -> PayloadShape | None:
    """Return the shape of a field; None when no sample shows it."""
    samples = [sample for sample in of_field(topic, name) if not sample.is_guess and sample.value is not None]
    if not samples:
        return None
    shape = PayloadShape()
    for sample in samples:
        _learn(shape, sample)
    return shape


@cache
def known_keys(topic: str) -> frozenset[str]:
    """Return the names of keys that any sample of an object has, at any place."""
    samples = (sample for sample in all_samples() if sample.object == topic)
    return frozenset(key.removesuffix(OPTIONAL) for sample in samples for path, _ in walk(sample.value) for key in path)


@cache
def known_fields(topic: str) -> frozenset[str]:
    """Return the names of an object's fields; none where any name is possible."""
    if topic == "permissions":  # Some objects have a field for every permission.
        return frozenset()
    return FIELDS.get(topic, frozenset()) | {sample.field for sample in all_samples() if sample.object == topic}


def _learn(shape: PayloadShape, sample: Sample) -> None:
    for raw, value in walk(sample.value):
        path = tuple(part.removesuffix(OPTIONAL) for part in raw)
        if value is not None:
            shape.kinds[path].add(kind(value))
        if isinstance(value, dict):
            shape.objects[path] += 1
            shape.keys[path].update(key for key in value if not key.endswith(OPTIONAL))
        if path and path[-1] in TYPE_KEYS and isinstance(value, str) and not value.startswith("${"):
            shape.values[path].add(value)
