"""The first events of the demo."""

from hookscope.meta import catalog
from hookscope.samples.catalog import of_field
from hookscope.sandbox.demo import DEMO_FIELDS, demo_order


def test_the_demo_has_a_sample_for_each_of_its_fields() -> None:
    for topic, names in DEMO_FIELDS.items():
        for name in names:
            assert name in catalog.FIELDS[topic]
            assert of_field(topic, name)


def test_the_most_telling_diagnosis_comes_first() -> None:
    assert demo_order("page", ["parking", "leadgen", "feed"]) == ["feed", "leadgen", "parking"]
    assert demo_order("unheard", ["b", "a"]) == ["b", "a"]
