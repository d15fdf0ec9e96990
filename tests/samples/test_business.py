"""Samples are of one business, with one number."""

import json
from typing import Any

import pytest

from hookscope.errors import UsageError
from hookscope.meta.catalog import WHATSAPP
from hookscope.samples.business import ENVIRONMENT, Business, business_of
from hookscope.samples.catalog import all_samples, find
from hookscope.samples.payload_builder import PayloadBuilder, Shape

_WHATSAPP = [sample for sample in all_samples() if sample.object == WHATSAPP]


def _metadata(value: Any) -> list[dict[str, str]]:
    if isinstance(value, list):
        return [found for inner in value for found in _metadata(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if "phone_number_id" in value and "display_phone_number" in value else []
    return own + [found for inner in value.values() for found in _metadata(inner)]


def test_a_batch_is_of_one_account_and_one_number() -> None:
    business = Business(waba_id="11", phone_number_id="22", display_phone_number="15550009999", business_id="33")
    for sample in _WHATSAPP:
        payload = PayloadBuilder(business=business).payload(sample, Shape(batch=3))
        numbers = {(one["display_phone_number"], one["phone_number_id"]) for one in _metadata(payload)}
        assert numbers <= {("15550009999", "22")}, sample.name
        account = "33" if sample.field == "partner_solutions" else "11"
        assert {entry["id"] for entry in payload["entry"]} == {account}, sample.name
        assert "15550783881" not in json.dumps(payload), sample.name


def test_whoever_makes_samples_makes_them_of_the_same_business() -> None:
    sample = find("whatsapp.messages.text")
    payloads = [PayloadBuilder(seed).payload(sample, Shape()) for seed in (1, 2, None)]
    assert len({payload["entry"][0]["id"] for payload in payloads}) == 1
    assert len({json.dumps(_metadata(payload)) for payload in payloads}) == 1


def test_an_application_meets_the_same_page_again() -> None:
    pages = {
        PayloadBuilder(seed).payload(find("page.feed.comment"), Shape())["entry"][0]["id"] for seed in (1, 2, None)
    }
    assert len(pages) == 1


def test_the_page_can_be_set_too() -> None:
    payload = PayloadBuilder(business=Business().with_ids({"page_id": "77"})).payload(
        find("page.feed.comment"), Shape()
    )
    assert payload["entry"][0]["id"] == "77"


def test_the_environment_names_the_business() -> None:
    given = {ENVIRONMENT["waba_id"]: "1", ENVIRONMENT["phone_number_id"]: "", "UNRELATED": "2"}
    assert business_of(given) == Business(waba_id="1")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"phone_id": "1"}, "did you mean phone_number_id"),
        ({"waba_id": "abc"}, "is not a number"),
        ({"waba_id": "1" * 21}, "is not a number"),
        ({"display_phone_number": "+1 555"}, "is not a number"),
    ],
)
def test_an_invalid_id_is_refused(given: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Business().with_ids(given)
