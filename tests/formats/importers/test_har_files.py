"""HAR files that other programs have written, beside what was really sent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookscope.formats.importers.detect import read_captures
from hookscope.model.record import Capture

DATA = Path(__file__).with_name("data")
FEED = '{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"feed","value":{"message":"café"}}]}]}'
NOTE = FEED.encode()
THUMB = FEED.replace("café", "café 👍").encode()
FORM = b"a=%C3%A9&b=x+y"
BOUNDARY = b"------WebKitFormBoundarywpEWTBB5E3d73MEL"

MITMPROXY: dict[str, bytes] = {
    "/json-utf8": NOTE,
    "/json-not-utf8": b'{"object":"page","entry":[],"x":"\xff\xfe"}',
    "/plain-utf8": "é".encode(),
    "/plain-latin1": b"\xe9",
    "/no-type-utf8": "grüße".encode(),
    "/binary": bytes(range(256)),
    "/bom": b'\xef\xbb\xbf{"object":"page","entry":[]}',
    "/form": b"a=1&b=%C3%A9&c=x+y",
    "/utf16": "né".encode("utf-16"),
    "/utf16-json": '{"a":"é"}'.encode("utf-16-le"),
    "/charset-latin1": b"\xe9",
    "/charset-utf8": "é".encode(),
    "/put": b'{"a":1}',
    "/answer": b"",
}
PLAYWRIGHT: dict[str, bytes] = {
    "/json-utf8": NOTE,
    "/bytes-utf8": '{"object":"page","entry":[],"x":"é"}'.encode(),
    "/beacon": b"ping",
    "/form": b"\r\n".join(
        (BOUNDARY, b'Content-Disposition: form-data; name="a"', b"", "é".encode(), BOUNDARY + b"--", b"")
    ),
    "/urlencoded": FORM,
    "/delete": b'{"a":1}',
    "/bom": b'\xef\xbb\xbf{"a":1}',
    "/half": "\ufffd".encode(),
}
FIREFOX = {"/json-utf8": THUMB, "/urlencoded": FORM, "/upload": FORM}
LOST = {
    "mitmproxy-11.0.har": {"/gzip": (104, 108), "/delete": (0, 7), "/get-body": (0, 7)},
    "mitmproxy-12.3.har": {"/gzip": (104, 108), "/delete": (0, 7), "/get-body": (0, 7)},
    "playwright-1.65.har": {"/bytes-bad": (12, 8), "/blob": (0, 28), "/beacon-blob": (0, 7), "/form-file": (0, 285)},
    "firefox.har": {"/discarded": (20, len(THUMB))},
}


def captures(name: str, skip: Callable[[str], object] = pytest.fail) -> dict[str, Capture]:
    with (DATA / name).open(encoding="utf-8") as file:
        found = list(read_captures(file.read, (), skip=skip))
    return {capture.request.target: capture for capture in found if "hub." not in capture.request.target}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("mitmproxy-11.0.har", MITMPROXY),
        ("mitmproxy-12.3.har", MITMPROXY),
        ("playwright-1.65.har", PLAYWRIGHT),
        ("firefox.har", FIREFOX),
    ],
)
def test_a_body_is_had_back_as_it_was_sent_or_said_to_be_lost(name: str, sent: dict[str, bytes]) -> None:
    found = captures(name)
    assert {path: one.request.body for path, one in found.items() if one.flaw is None} == sent
    told = {path: (one.flaw or "").partition(": ")[0] for path, one in found.items() if one.flaw is not None}
    assert told == {
        path: f"the file holds {held} bytes of a body that had {had}" for path, (held, had) in LOST[name].items()
    }


def test_a_packed_body_is_said_to_be_unpacked_in_the_file() -> None:
    for name in ("mitmproxy-11.0.har", "mitmproxy-12.3.har"):
        packed = captures(name)["/gzip"]
        assert packed.request.body == NOTE
        assert (packed.flaw or "").endswith(": it came as gzip, but these are not compressed")


def test_an_answer_is_had_back_by_its_size() -> None:
    assert captures("mitmproxy-11.0.har")["/answer"].reply.body == "é".encode()
    assert captures("mitmproxy-12.3.har")["/answer"].reply.body == "é".encode()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ((), 17, "it is not an object"),
        (("startedDateTime",), "yesterday", "'startedDateTime' is not a valid time"),
        (("request", "url"), None, "'url' is missing"),
        (("request", "method"), "GET /", "'method' is not an HTTP method"),
        (("request", "headers"), [{"name": "A", "value": "b\r\nC: d"}], "a line break in the header A"),
        (("request", "headers"), ["A: b"], "a header is not an object"),
        (("request", "postData"), "text", "'postData' is not an object"),
        (("response", "status"), "200", "'status' is not a number"),
        (("response", "content"), {"text": "%", "encoding": "base64"}, "'text' is not base64"),
    ],
)
def test_one_odd_entry_is_left_out_and_named(tmp_path: Path, path: tuple[str, ...], value: Any, reason: str) -> None:
    har = json.loads((DATA / "firefox.har").read_text())
    entries, wrong = har["log"]["entries"], value
    if path:
        holder = wrong = json.loads(json.dumps(entries[1]))
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = value
    entries[1] = wrong
    file, told = tmp_path / "odd.har", list[str]()
    file.write_text(json.dumps(har))
    with file.open() as stream:
        assert len(list(read_captures(stream.read, (), skip=told.append))) == len(entries) - 1
    assert len(told) == 1
    assert told[0].startswith("entry 2 (line 1) is left out: ")
    assert reason in told[0]
