"""Every sample says where its shape comes from, and no more than is so."""

from datetime import date

import pytest

from hookscope.samples.catalog import all_samples, find, sample_of
from hookscope.samples.source import SourceKind


def test_every_source_has_a_title_and_a_day() -> None:
    for sample in all_samples():
        assert sample.source.title
        assert date(2026, 11, 1) < date.fromisoformat(sample.source.read)


def test_a_guess_is_general_knowledge() -> None:
    for sample in all_samples():
        if sample.is_guess:
            assert sample.source.kind is SourceKind.GENERAL


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("page.feed.comment", SourceKind.CAPTURED, "captures"),
        ("page.messages.sticker", SourceKind.DOCUMENTED, "Changelog (Jun 1, 2026)"),
        ("page.picture", SourceKind.GENERAL, "only the field's name is known"),
        ("whatsapp.messages.edit", SourceKind.DOCUMENTED, "Edit messages webhook reference"),
        ("whatsapp.messages.status_failed", SourceKind.CAPTURED, "pywa#220"),
        ("whatsapp.payment_configuration_update", SourceKind.LIBRARY, "pywa 4.5.0"),
        ("page.messaging_payments", SourceKind.GENERAL, "from memory"),
        ("whatsapp.flows.status", SourceKind.DOCUMENTED, "Flows Webhooks"),
    ],
)
def test_sources_are_these(name: str, kind: SourceKind, words: str) -> None:
    source = find(name).source
    assert source.kind is kind
    assert words in source.title


def test_general_knowledge_is_called_not_established() -> None:
    assert str(sample_of("page", "something_new").source).startswith("general knowledge, not confirmed: only the")
