"""The catalog of samples on stdout."""

from hookscope.cli import output
from hookscope.errors import UsageError
from hookscope.formats import event_stream
from hookscope.samples.catalog import of_field, search
from hookscope.samples.sample import Sample

_GUESS = "  (only its field is known: Meta does not publish its shape)"


def show_samples(text: str, *, as_json: bool, with_source: bool = False) -> None:
    """Write one line per sample, of those that hold all the words, and with its source a second one.

    Raises UsageError when none does.
    """
    found = search(text)
    if not found:
        raise UsageError(f"no sample has {text!r} in its name or title", hint="see all: hookscope trigger --list")
    width = max(len(sample.name) for sample in found)
    for sample in found:
        output.write_data(event_stream.line(_json(sample)) if as_json else _line(sample, width))
        if with_source and not as_json:
            output.write_data(f"    {sample.source}")
    count = f"{len(found)} samples; send one" if len(found) > 1 else "1 sample; send it"
    output.print_progress(f"{count}: hookscope trigger {found[0].name}")


def _line(sample: Sample, width: int) -> str:
    return f"{sample.name:<{width}}  {sample.title}{_GUESS if sample.is_guess else ''}"


def _json(sample: Sample) -> dict[str, object]:
    return {
        "name": sample.name,
        "object": sample.object,
        "field": sample.field,
        "variant": sample.variant or None,
        "title": sample.title,
        "form": sample.form,
        "default": of_field(sample.object, sample.field)[0] is sample,
        "guess": sample.is_guess,
        "source": {"kind": sample.source.kind, "title": sample.source.title, "read": sample.source.read},
    }
