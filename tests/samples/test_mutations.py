"""Payloads that differ slightly from Meta's are still summarized and refreshed."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire
from hookscope.meta.json_path import Path
from hookscope.meta.notification import parse
from hookscope.meta.summaries.summary import summarize
from hookscope.samples.catalog import all_samples
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.refresh import refresh

_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "type", "text", "time")), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: Path = ()) -> list[Path]:
    pairs = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [path, *(found for step, inner in pairs for found in places(inner, (*path, step)))]


def replaced(value: Any, path: Path, odd: Any) -> Any:
    if not path:
        return odd
    copied: Any = list(value) if isinstance(value, list) else dict(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copied


@given(st.sampled_from(all_samples()), st.data())
def test_any_value_may_be_of_any_type(sample: Any, data: st.DataObject) -> None:
    payload: Any = PayloadBuilder(1).payload(sample, Shape())
    for _ in range(data.draw(st.integers(1, 3))):
        payload = replaced(payload, data.draw(st.sampled_from(places(payload))), data.draw(_ODD))
    for event in parse(wire.encode(payload)).events:
        line = summarize(event).summary
        assert "\n" not in line
        line.encode()
    refresh(payload, Random(1), _NOW)
