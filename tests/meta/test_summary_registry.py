"""A family of events is an entry of one table: what it says is what every list shows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import hookscope
from hookscope.cli.app import main
from hookscope.journal.writer import JournalWriter
from hookscope.meta.json_access import quoted, text_at
from hookscope.meta.summaries import registry
from hookscope.meta.summaries.family import Described, Family, Value
from tests.support.captures import make_capture
from tests.tui.stage import stage

BODY = json.dumps(
    {"object": "page", "entry": [{"id": "1", "changes": [{"field": "gifts", "value": {"gift": "a pony", "to": "2"}}]}]}
).encode()
MESSAGING = BODY.replace(b'"changes": [{"field": "gifts", "value": ', b'"messaging": [{"gifts": ')
LINE = "gift: a pony"


def gift(value: Value) -> Described | None:
    given = text_at(value, "gift") or text_at(value, "gifts", "gift")
    return ("gift", quoted(given)) if given else None


@pytest.fixture
def gifts() -> Iterator[Family]:
    """A family that somebody has added: one module, and one line in the registry."""
    family: Family = {("page", "gifts"): gift}
    registry.SUMMARIES.update(family)
    yield family
    for key in family:
        del registry.SUMMARIES[key]


@pytest.mark.usefixtures("gifts")
@pytest.mark.parametrize("body", [BODY, MESSAGING])
def test_a_new_family_is_an_entry(body: bytes) -> None:
    assert hookscope.summarize(body) == LINE
    assert hookscope.parse(body).events[0].action == "gift"


@pytest.mark.usefixtures("gifts")
def test_an_event_that_its_function_does_not_know_is_described_by_its_keys() -> None:
    assert hookscope.summarize(BODY.replace(b'"gift"', b'"present"')) == "gifts: present a pony, to 2"


def test_without_it_the_event_is_described_by_its_keys() -> None:
    assert hookscope.summarize(BODY) == "gifts: gift a pony, to 2"


def test_a_field_of_one_object_comes_before_all_its_fields_and_those_before_any_object_s() -> None:
    keys = ("whatsapp_business_account", "flows"), ("whatsapp_business_account", ""), ("", "leadgen")
    found = registry.find(*keys[0]), registry.find(keys[0][0], "leadgen"), registry.find("page", "leadgen")
    assert found == tuple(map(registry.SUMMARIES.get, keys))
    assert registry.find("page", "feed") is None


@pytest.mark.usefixtures("gifts")
async def test_a_new_family_is_in_the_list_and_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        await journal.append(make_capture(BODY))
    for form in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["--journal", str(tmp_path / "journal.db"), "ls", *form])
        assert LINE in capsys.readouterr().out
    async with stage(tmp_path / "screen") as shown:
        await shown.engine.receive(make_capture(BODY))
        await shown.see(LINE)
