"""The catalog of samples: every known object and field, with their typical events."""

from functools import cache

from hookscope.errors import UsageError
from hookscope.meta.catalog import nearest
from hookscope.samples.data_files import read_samples, unknown_shape
from hookscope.samples.fuzzy import fuzzy_search
from hookscope.samples.sample import Sample

_FILES = (
    "page_feed",
    "page_content",
    "page_messages",
    "page_messaging",
    "page_business",
    "page_profile",
    "instagram",
    "instagram_messages",
    "instagram_messaging",
    "whatsapp_messages",
    "whatsapp_account",
    "user",
    "permissions",
    "payments",
    "application",
    "ad_account",
    "certificate_transparency",
    "group",
    "threads",
)
_SHOWN = 8
_LEVELS = 3


@cache
def all_samples() -> tuple[Sample, ...]:
    """Return all samples, by object."""
    return tuple(sample for name in _FILES for sample in read_samples(name))


@cache
def of_field(topic: str, field: str) -> tuple[Sample, ...]:
    """Return the samples of a field, the default first; none for an unknown field."""
    return tuple(sample for sample in all_samples() if (sample.object, sample.field) == (topic, field))


def sample_of(topic: str, field: str, variant: int = 0) -> Sample:
    """Return a sample of a field by its number, modulo their count; for an unknown field a guess at its shape."""
    if known := of_field(topic, field):
        return known[variant % len(known)]
    value = {"verb": "update", "object_id": "${id}"}
    return Sample(
        object=topic, field=field, title=f"The field {field}", source=unknown_shape(), is_guess=True, value=value
    )


def find(name: str) -> Sample:
    """Return the sample with that name: OBJECT.FIELD.VARIANT, or OBJECT.FIELD for the field's default.

    Each part may be abbreviated as long as it is unambiguous. Raises UsageError with the nearest name.
    """
    parts = name.strip().lower().split(".")
    candidates = list(all_samples())
    if len(parts) > _LEVELS:
        raise _unknown(name)
    for level, part in enumerate(parts):
        candidates = _narrow(candidates, level, part, name)
    if len(parts) == 1:
        raise UsageError(
            f"{candidates[0].object} is an object; name one of its events, such as {candidates[0].name}",
            hint=f"see `hookscope trigger --list {candidates[0].object}`",
        )
    return candidates[0]


def search(text: str) -> list[Sample]:
    """Return the samples whose names and titles hold all the words of a text; all samples for an empty one."""
    wanted = text.casefold().split()
    return [one for one in all_samples() if all(word in f"{one.name} {one.title}".casefold() for word in wanted)]


def fuzzy(text: str) -> list[Sample]:
    """Return the samples that fit the words of a text, which may abbreviate parts of name and title, the best first."""
    return fuzzy_search(text, all_samples(), lambda one: (one.name, one.title))


def _narrow(candidates: list[Sample], level: int, part: str, name: str) -> list[Sample]:
    """Return the candidates that match one part of a name."""
    known = dict.fromkeys(_part(sample, level) for sample in candidates)
    meant = [part] if part in known else [one for one in known if part and one.startswith(part)]
    if not meant:
        raise _unknown(name)
    chosen = min(meant, key=len)
    if not all(one.startswith(chosen) for one in meant):
        left = [sample.name for sample in candidates if _part(sample, level) in meant]
        shown = ", ".join(left[:_SHOWN]) + (", …" if len(left) > _SHOWN else "")
        raise UsageError(f"{name!r} matches several samples: {shown}", hint="give more of the name")
    return [sample for sample in candidates if _part(sample, level) == chosen]


def _part(sample: Sample, level: int) -> str:
    return (sample.object, sample.field, sample.variant)[level]


def _unknown(name: str) -> UsageError:
    known = dict.fromkeys(shorter for sample in all_samples() for shorter in (sample.name, _field_of(sample)))
    meant = nearest(name, known)
    found = next((part for part in reversed(name.split(".")) if part and search(part)), "")
    return UsageError(
        f"there is no sample {name!r}" + (f"; did you mean {meant}?" if meant else ""),
        hint="see `hookscope trigger --list`" + (f", or fewer: `hookscope trigger --list {found}`" if found else ""),
    )


def _field_of(sample: Sample) -> str:
    return f"{sample.object}.{sample.field}"
