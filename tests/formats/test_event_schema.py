"""The JSON Schemas describe what is written, and nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from hookscope.formats import event_schema
from hookscope.formats.event_stream import capture_json, event_to_json
from hookscope.formats.exporters.registry import export
from hookscope.model.record import Capture, Reply, Source
from hookscope.model.run_events import Captured, Gap
from tests.support.captures import batch_body, make_capture, make_handshake


def captures() -> Iterator[Capture]:
    """Yield captures of every form."""
    yield make_capture(id=1)
    yield make_capture(batch_body(), id=2, originals=(1, None))
    yield make_capture(b"\xff\xfe", id=3, reply=Reply(status=None), source=Source.IMPORT, note="odd", marked=True)
    yield make_handshake(accepted=False, reason="because")
    yield replace(make_capture(id=5), replay_of=1, duplicate_of=1)


@pytest.mark.parametrize("schema", [event_schema.stream, event_schema.capture, event_schema.fixture])
def test_each_is_a_schema(schema: Callable[[], event_schema.Schema]) -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("capture", list(captures()))
def test_captures_fit_in_every_form(capture: Capture) -> None:
    Draft202012Validator(event_schema.capture()).validate(json.loads(json.dumps(capture_json(capture))))
    for schema in (event_schema.stream(), event_schema.fixture()):
        Draft202012Validator(schema).validate(event_to_json(Captured(capture=capture)))
    for line in export([capture], "ndjson").splitlines():
        Draft202012Validator(event_schema.fixture()).validate(json.loads(line))


def _without(*path: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(event_to_json(Captured(capture=make_capture(id=1)))))
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return value


@pytest.mark.parametrize("path", [("v",), ("id",), ("request", "body"), ("signature", "verdict"), ("events",)])
def test_a_line_that_lacks_something_does_not_fit(path: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(event_schema.stream()).validate(_without(*path))


def test_another_version_or_type_does_not_fit() -> None:
    gap = event_to_json(Gap(first_id=1, last_id=2)) or {}
    for wrong in ({"v": 2}, {"type": "gaps"}, {"first_id": "1"}, {"at": "yesterday"}):
        with pytest.raises(ValidationError):
            Draft202012Validator(event_schema.stream()).validate({**gap, **wrong})
    Draft202012Validator(event_schema.stream()).validate({**gap, "more": 1})
