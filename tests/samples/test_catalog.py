"""The catalog: every name, and that each sample is what it says."""

import json
import re
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.meta import catalog, wire
from hookscope.meta.notification import EntryForm, parse
from hookscope.meta.signature import judge, sign_headers
from hookscope.meta.summaries.summary import summarize
from hookscope.samples.catalog import all_samples, find, of_field, sample_of, search
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.sample import Sample
from tests.samples.each_sample import each_sample
from tests.support.captures import SECRET
from tests.support.identities import identities

_GOLDEN = Path(__file__).parent / "names.txt"
_SUMMARIES = Path(__file__).parent / "summaries.txt"


def test_the_names_are_these_and_no_others() -> None:
    assert [sample.name for sample in all_samples()] == _GOLDEN.read_text("utf-8").split()


def test_each_is_summed_up_so() -> None:
    """Golden lines: name, then the summary with the numbers taken out."""
    lines = []
    for sample in all_samples():
        (event,) = parse(wire.encode(PayloadBuilder(1).payload(sample, Shape()))).events
        lines.append(f"{sample.name}: {re.sub(r'[0-9]{9,}', '#', summarize(event).summary)}")
    assert lines == _SUMMARIES.read_text("utf-8").splitlines()


def test_no_line_shows_a_time_as_a_bare_number() -> None:
    made_at = str(PayloadBuilder(1).payload(find("page.feed.comment"), Shape())["entry"][0]["time"])[:5]
    for sample in all_samples():
        (event,) = parse(wire.encode(PayloadBuilder(1).payload(sample, Shape()))).events
        assert not re.search(rf"\b{made_at}\d{{5}}(\d{{3}})?\b", summarize(event).summary), sample.name


def test_no_line_is_the_name_of_the_field_alone_when_more_is_known() -> None:
    telling = ("event", "decision", "verb", "form")  # what has no value, or an event of a word, says all it can
    for sample in all_samples():
        (event,) = parse(wire.encode(PayloadBuilder(1).payload(sample, Shape()))).events
        known = isinstance(sample.value, dict) and any(key not in telling for key in sample.value)
        if known and sample.form is EntryForm.CHANGES:
            assert summarize(event).summary != event.field.replace("_", " "), sample.name


def test_every_known_field_has_a_sample() -> None:
    for topic, names in catalog.FIELDS.items():
        assert [name for name in names if not of_field(topic, name)] == []


@each_sample
def test_a_sample_reads_back_as_its_field_and_has_a_summary(sample: Sample) -> None:
    body = wire.encode(PayloadBuilder().payload(sample, Shape()))
    notification = parse(body)
    (event,) = notification.events
    assert (event.object, event.field, event.form) == (sample.object, sample.field, sample.form)
    assert notification.problem is None
    assert b"${" not in body
    assert summarize(event).summary not in ("", "add", "update")
    assert sample.title
    headers = tuple((key.encode(), value.encode()) for key, value in sign_headers(body, SECRET))
    assert judge(headers, body, [SECRET]).verdict == "valid"


@each_sample
def test_a_sample_is_fresh_every_time_and_the_same_with_a_seed(sample: Sample) -> None:
    seeded, again, other = (
        [wire.encode(maker.payload(sample, Shape())) for _ in range(3)]
        for maker in (PayloadBuilder(7), PayloadBuilder(7), PayloadBuilder(8))
    )
    assert seeded == again
    known = [found for body in seeded if None not in (found := identities(body))]
    if re.search(r"\$\{(id|number|mid|psid|wamid|token|hex)\b", json.dumps(sample.value)):
        assert not set(seeded) & set(other)
        assert len(set(known)) == len(known)


@each_sample
def test_a_sample_comes_without_values_and_as_a_dashboard_test(sample: Sample) -> None:
    (bare,) = parse(wire.encode(PayloadBuilder().payload(sample, Shape(include_values=False)))).events
    (test,) = parse(wire.encode(PayloadBuilder().payload(sample, Shape(is_test=True)))).events
    in_messaging = sample.form in (EntryForm.MESSAGING, EntryForm.STANDBY, EntryForm.CALLS)
    names_changes = not in_messaging and sample.envelope is None
    assert bare.form is (EntryForm.CHANGED_FIELDS if names_changes else sample.form)
    assert (bare.field, test.field, test.is_test) == (sample.field, sample.field, True)
    assert test.form in (EntryForm.CHANGES, EntryForm.CHANGED_FIELDS)


def test_a_batch_holds_as_many_updates_of_one_account() -> None:
    payload = PayloadBuilder().payload(find("page.feed"), Shape(batch=1000))
    assert len(payload["entry"]) == 1000
    assert len({entry["id"] for entry in payload["entry"]}) == 1
    assert len({entry["changes"][0]["value"]["comment_id"] for entry in payload["entry"]}) == 1000


def test_a_maker_keeps_to_one_account_an_object() -> None:
    maker = PayloadBuilder()
    names = ("page.feed.comment", "page.messages.text", "page.leadgen")
    assert len({maker.payload(find(name), Shape())["entry"][0]["id"] for name in names}) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("page.feed.comment", "page.feed.comment"),
        ("page.feed", "page.feed.comment"),
        ("page.messages", "page.messages.text"),
        (" Page.Feed.Comment ", "page.feed.comment"),
        ("page.lead", "page.leadgen"),
        ("whatsapp.messages.image", "whatsapp_business_account.messages.image"),
        ("insta.story_ins", "instagram.story_insights"),
        ("page.feed.comm", "page.feed.comment"),
        ("page.feed.reaction_ca", "page.feed.reaction_care"),
        ("instagram.comments", "instagram.comments"),
        ("permissions.pages_messaging", "permissions.pages_messaging.granted"),
    ],
)
def test_a_name_may_be_cut_short(given: str, wanted: str) -> None:
    assert find(given).name == wanted


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("page.fed.comment", "did you mean page.feed.comment"),
        ("page.feed.coment", "did you mean page.feed.comment"),
        ("instagram.masseges", "did you mean instagram.messages"),
        ("instagram.message", "matches several samples: instagram.messages.text"),
        ("page.messaging", "matches several samples: page.messaging"),
        ("page", "name one of its events, such as page.feed.comment"),
        ("", "matches several|there is no sample"),
        ("page.feed.comment.x", "there is no sample"),
        ("xyzzy", "there is no sample 'xyzzy'(?!;)"),
    ],
)
def test_an_unclear_name_is_refused_with_what_may_be_meant(given: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        find(given)
    assert caught.value.hint


@each_sample
def test_every_name_finds_its_sample(sample: Sample) -> None:
    assert find(sample.name).name == sample.name


def test_a_search_wants_all_words_in_name_or_title() -> None:
    found = {one.name for one in search("PAGE reply")}
    assert {"page.feed.comment_reply", "page.messages.quick_reply"} <= found
    assert all(name.startswith("page.") for name in found)
    assert search("nothing of the kind") == []
    assert len(search("")) == len(all_samples())


def test_an_unknown_field_gets_a_guess() -> None:
    guess = sample_of("threads", "anything")
    assert isinstance(guess, Sample)
    assert guess.is_guess
    assert (guess.object, guess.field) == ("threads", "anything")


@pytest.mark.parametrize(
    ("name", "listed"),
    [("page.feed.coment", "feed"), ("page.xyz abc", "page"), ("pgae.feed", "feed"), ("nothing", None), ("", None)],
)
def test_the_next_step_for_an_unknown_name_lists_something(name: str, listed: str | None) -> None:
    with pytest.raises(UsageError) as refused:
        find(name)
    found = re.findall("--list ([^`]+)`", refused.value.hint or "")
    assert found == ([listed] if listed else [])
    assert all(map(search, found))
