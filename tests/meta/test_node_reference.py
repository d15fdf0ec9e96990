"""The nodes that each event refers to."""

import pytest

from hookscope.meta import catalog
from hookscope.meta.node_reference import explain_none, references
from hookscope.meta.notification import EntryForm, Event

WHATSAPP = "whatsapp_business_account"


def _event(topic: str, field: str, value: object, **more: object) -> Event:
    return Event(topic, "12", None, field, more.pop("form", EntryForm.CHANGES), value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (_event("page", "conversations", {"page_id": 518, "conversation_id": 930}), [("conversation", "930")]),
        (_event("page", "conversations", {"thread_id": "t_1", "page_id": "2"}), [("conversation", "t_1")]),
        (
            _event("page", "feed", {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "0_1"}),
            [("comment", "1_2"), ("post", "0_1")],
        ),
        (
            _event("page", "feed", {"item": "comment", "verb": "remove", "comment_id": "1_2", "post_id": "0_1"}),
            [("post", "0_1")],
        ),
        (_event("page", "feed", {"item": "reaction", "verb": "remove", "post_id": "0_1"}), [("post", "0_1")]),
        (_event("page", "feed", {"item": "status", "verb": "add", "post_id": "0_1"}), [("post", "0_1")]),
        (_event("page", "feed", {"item": "status", "verb": "remove", "post_id": "0_1"}), []),
        (_event("page", "feed", {"item": "photo", "photo_id": 7, "post_id": "0_1"}), [("photo", "7"), ("post", "0_1")]),
        (_event("page", "leadgen", {"leadgen_id": 195, "form_id": "3"}), [("lead", "195")]),
        (_event("page", "mention", {"item": "post", "post_id": "0_1"}), [("post", "0_1")]),
        (
            _event("page", "messages", {"message": {"mid": "m_1", "text": "hi"}}, form=EntryForm.MESSAGING),
            [("message", "m_1")],
        ),
        (_event("page", "standby", {"reaction": {"mid": "m_1"}}, form=EntryForm.STANDBY), [("message", "m_1")]),
        (
            _event("instagram", "comments", {"id": "17", "text": "x", "media": {"id": "9"}}),
            [("instagram comment", "17"), ("instagram media", "9")],
        ),
        (_event("instagram", "mentions", {"comment_id": "17", "media_id": "9"}), [("instagram mention", "12")]),
        (_event("instagram", "story_insights", {"media_id": "9", "reach": 44}), [("instagram media", "9")]),
        (
            _event(WHATSAPP, "messages", {"messages": [{"id": "wamid", "image": {"id": "55"}}]}, part="messages"),
            [("whatsapp media", "55")],
        ),
        (
            _event(WHATSAPP, "messages", {"messages": [{"id": "wamid", "text": {"body": "x"}}]}, part="messages"),
            [],
        ),
        (
            _event(WHATSAPP, "message_template_status_update", {"event": "APPROVED", "message_template_id": 8}),
            [("whatsapp template", "8")],
        ),
        (_event("user", "email", "ada@example.com"), []),
        (_event("page", "feed", None, form=EntryForm.CHANGED_FIELDS), []),
    ],
)
def test_the_nodes_of_an_event(event: Event, expected: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.node) for one in references(event)] == expected


def test_a_mention_is_read_through_the_account_that_was_mentioned() -> None:
    (found,) = references(_event("instagram", "mentions", {"comment_id": "17"}))
    assert found.fields.startswith("mentioned_comment.comment_id(17){")


def test_a_value_of_any_type_raises_nothing() -> None:
    values: tuple[object, ...] = (None, "x", 5, [], {}, {"item": 5, "post_id": {}}, {"media": 1, "message": []})
    for topic in catalog.OBJECTS:
        for field in ("feed", "messages", "comments", "mentions", "leadgen"):
            for value in values:
                for form in EntryForm:
                    references(_event(topic, field, value, form=form))


def test_it_is_said_why_there_is_nothing() -> None:
    assert "removed" in explain_none(_event("page", "feed", {"item": "status", "verb": "remove"}))
    assert "--include-values" in explain_none(_event("page", "feed", None, form=EntryForm.CHANGED_FIELDS))
    assert "user.email" in explain_none(_event("user", "email", "x"))
