"""Samples: of every field, fresh every time."""

from datetime import UTC, datetime

import pytest

from hookscope.meta import catalog
from hookscope.meta.identity import identify
from hookscope.meta.notification import parse
from hookscope.meta.summary import summarize
from hookscope.sandbox.samples import DEMO_FIELDS, sample_update, variants
from hookscope.sandbox.update import notification_body

_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_ALL = [(topic, name) for topic, names in catalog.FIELDS.items() for name in sorted(names)]


@pytest.mark.parametrize(("topic", "name"), [*_ALL, ("permissions", "email"), ("threads", "anything")])
def test_a_sample_reads_back_as_its_field_and_is_never_a_duplicate(topic: str, name: str) -> None:
    seen = set()
    for variant in range(max(variants(topic, name), 1) * 2):
        update = sample_update(topic, name, owner="724", now=_NOW, variant=variant)
        body = notification_body([update], sent_at=_NOW)
        notification = parse(body)
        (event,) = notification.events
        assert (event.object, event.field, notification.problem) == (topic, name, None)
        assert summarize(event).line
        seen.add(identify(body))
    assert None not in seen
    assert len(seen) == max(variants(topic, name), 1) * 2


def test_the_demo_has_a_sample_for_each_of_its_fields() -> None:
    for topic, names in DEMO_FIELDS.items():
        for name in names:
            assert name in catalog.FIELDS[topic]
            assert variants(topic, name)


def test_the_demo_shows_emoji_and_what_looks_like_markup() -> None:
    update = sample_update("page", "messages", owner="1", now=_NOW)

    text = update.value["message"]["text"]
    assert all(part in text for part in ("👋", "[bold]", "<b>", "[/bold]"))
