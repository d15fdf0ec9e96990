"""A form of file is an entry of one list: what it says there is what commands and messages say."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from hookscope.cli.captures.command import command as group
from hookscope.cli.captures.import_ import command
from hookscope.errors import UsageError
from hookscope.formats.importers.registry import IMPORTERS, ImporterSpec
from hookscope.model.record import Capture, Source
from hookscope.services.captures import captures_by_id
from hookscope.services.importing import import_captures
from tests.support.captures import feed_body, make_capture


def whispered(entry: Mapping[str, Any], _: Sequence[str]) -> Capture | None:
    if entry.get("silent"):
        return None
    if not isinstance(entry.get("whispered"), str):
        raise ValueError("nothing is whispered")
    return make_capture(feed_body(entry["whispered"]), source=Source.IMPORT)


@pytest.fixture
def whisper() -> Iterator[ImporterSpec]:
    """A form that somebody has added: one module, and one line in the registry."""
    spec = ImporterSpec(
        name="whisper",
        description="a file of whispers",
        capture_of=whispered,
        place=("whispers", "all", "of them"),
        element="whisper",
        recognizes=lambda entry: "whispered" in entry,
    )
    IMPORTERS[spec.name] = spec
    yield spec
    del IMPORTERS[spec.name]


def imported(journal: Path, text: str) -> tuple[list[bytes], list[str]]:
    skipped: list[str] = []
    report = import_captures(journal, io.StringIO(text).read, skip=skipped.append)
    return [one.request.body for one in captures_by_id(journal, range(1, report.added + 1))], skipped


@pytest.mark.usefixtures("whisper")
@pytest.mark.parametrize("form", ["lines", "document"])
def test_a_new_form_is_recognized_by_its_content(tmp_path: Path, form: str) -> None:
    entries = [{"whispered": "one"}, {"whispered": "two"}]
    if form == "lines":
        text = "\n".join(map(json.dumps, entries))
    else:
        text = json.dumps({"whispers": {"by": 1, "all": {"of them": [*entries, {"silent": 1}, {"loud": 1}]}}})
    bodies, skipped = imported(tmp_path / "journal.db", text)
    assert bodies == [feed_body("one"), feed_body("two")]
    assert skipped == ([] if form == "lines" else ["whisper 4 (line 1) is left out: nothing is whispered"])


def test_a_new_form_is_named_in_help_and_in_messages(tmp_path: Path, whisper: ImporterSpec) -> None:
    assert f"{whisper.name}  {whisper.description}" in command.get_help(click.Context(command))
    assert whisper.name in group.get_help(click.Context(group))
    with pytest.raises(UsageError, match=f"or {whisper.description}"):
        imported(tmp_path / "journal.db", "[]")
    with pytest.raises(UsageError, match="its 'whispers' has no 'all'"):
        imported(tmp_path / "journal.db", '{"whispers": {}}')


@pytest.mark.parametrize("text", ['{"whispered": "one"}', '{"whispers": {"all": {"of them": []}}}', "{}"])
def test_an_unknown_form_is_refused_with_the_known_ones(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        imported(tmp_path / "journal.db", text)
    assert all(spec.description in raised.value.message for spec in IMPORTERS.values())
    assert raised.value.done == "nothing was imported"


def test_each_form_is_listed_by_its_own_name() -> None:
    assert all(name == spec.name and spec.description for name, spec in IMPORTERS.items())
