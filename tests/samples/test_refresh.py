"""A captured payload as if the same had happened once more."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire
from hookscope.meta.notification import parse
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.refresh import refresh
from hookscope.samples.sample import Sample
from tests.samples.each_sample import each_sample
from tests.support.identities import identities

_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_SECONDS = int(_NOW.timestamp())


def refreshed(payload: Any) -> Any:
    return refresh(payload, Random(1), _NOW)


def test_a_comment_is_another_comment_on_the_same_post_by_the_same_person() -> None:
    value = {
        "item": "comment",
        "comment_id": "901_903",
        "post_id": "123_901",
        "parent_id": "901_903",
        "from": {"id": "7"},
        "created_time": 1449135000,
        "message": "hi",
    }
    entry = {"id": "123", "time": 1449135003, "changes": [{"field": "feed", "value": value}]}

    again = refreshed({"object": "page", "entry": [entry]})["entry"][0]

    assert (again["id"], again["time"]) == ("123", _SECONDS)
    new = again["changes"][0]["value"]
    assert new["comment_id"] != "901_903"
    assert new["comment_id"].startswith("901_")
    assert new["created_time"] == _SECONDS - 3
    for kept in ("post_id", "from", "message"):
        assert new[kept] == value[kept]


def test_times_keep_their_unit_and_type() -> None:
    event = {"timestamp": 1479135003123, "read": {"watermark": 1479135002123}}
    status = {"id": "wamid.AB", "timestamp": "1479135000", "status": "read"}

    again = refreshed([{"time": 1479135003123, "messaging": [event]}, {"statuses": [status]}])

    assert again[0]["time"] == again[0]["messaging"][0]["timestamp"] == _SECONDS * 1000
    assert again[0]["messaging"][0]["read"]["watermark"] == (_SECONDS - 1) * 1000
    assert again[1]["statuses"][0]["timestamp"] in (str(_SECONDS - 3), str(_SECONDS - 4))
    assert again[1]["statuses"][0]["id"].startswith("wamid.")
    assert again[1]["statuses"][0]["id"] != "wamid.AB"


@each_sample
def test_every_sample_again_is_the_same_kind_of_event_and_no_duplicate(sample: Sample) -> None:
    maker = PayloadBuilder(3)
    first = maker.payload(sample, Shape())
    again = wire.encode(PayloadBuilder().again(first))
    before, after = parse(wire.encode(first)).events[0], parse(again).events[0]
    assert (before.object, before.field, before.form, before.entry_id) == (
        after.object,
        after.field,
        after.form,
        after.entry_id,
    )
    if any(key in again for key in (b'"mid"', b'"comment_id"', b'"leadgen_id"', b'"created_time"', b'"wamid.')):
        assert identities(again) != identities(wire.encode(first))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(("time", "mid", "id", "statuses", "item", "x")), inner)
    ),
)


@given(_JSON)
def test_any_json_can_be_refreshed_and_keeps_its_shape(payload: Any) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, list):
            return [shape(inner) for inner in value]
        return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else type(value)

    assert shape(refreshed(payload)) == shape(payload)
