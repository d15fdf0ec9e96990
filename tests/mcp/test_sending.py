"""The tools that send: to whom, what, and what an assistant that was misled cannot do."""

from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.mcp import tools
from hookscope.mcp.access import Access
from hookscope.mcp.resources import read_resource
from hookscope.meta.signature import SHA256_HEADER, sign, sign_headers
from hookscope.model.record import Run
from tests.mcp.conftest import COMMENT, FORGED, HANDSHAKE, MISLEADER, STRAY
from tests.support.application import Application
from tests.support.captures import SECRET, WHEN, feed_body, make_capture


@pytest.fixture
def sending(access: Access) -> Access:
    """Return an access that may also send."""
    return replace(access, may_send=True)


def allowing(app: Application, sending: Access) -> Access:
    """Return an access whose user has named the application."""
    return replace(sending, targets=(app.url,))


async def add_capture_of_run_to(target: str, access: Access) -> int:
    """Put a capture of a run with that forward target into the journal, and return its id."""
    run = Run(key="k", app_id="1", objects=("page",), targets=(target,), started_at=WHEN)
    async with JournalWriter(access.journal) as writer:
        begun = await writer.begin_run(run)
        await writer.append(replace(make_capture(), run_id=begun.id))
    found = await tools.call("list_captures", {"limit": 1}, access)
    return int(found["captures"][0]["id"])


async def test_a_replay_has_the_same_bytes_and_becomes_a_capture(sending: Access) -> None:
    async with Application(status=201, answer=b"done") as app:
        arguments = {"capture_ids": [MISLEADER, COMMENT], "to": app.url}
        report = await tools.call("replay_captures", arguments, allowing(app, sending))
    assert [sent["capture_id"] for sent in report["deliveries"]] == [MISLEADER, COMMENT]
    assert [(sent["status"], sent["untrusted_answer"]) for sent in report["deliveries"]] == [(201, "done")] * 2
    replay = await tools.call("show_capture", {"capture_id": report["deliveries"][0]["replay_id"]}, sending)
    assert replay["summary"]["replay_of"] == MISLEADER


async def test_a_changed_replay_is_signed_again_and_its_signature_stays_here(sending: Access) -> None:
    arguments = {"capture_ids": [MISLEADER], "changes": ["value.message=hello"]}
    right = [sign(feed_body("hello"), SECRET, algorithm).partition("=")[2] for algorithm in ("sha1", "sha256")]
    told = f"refused: {dict(sign_headers(feed_body('hello'), SECRET))}; expected {right[0]} and {right[1].upper()}"
    told = f"X-Hub-Signature-256=sha256%3D{right[1]}, sha256\\u003d{right[1]}; {told}"
    async with Application(status=500, answer=told.encode()) as app:
        report = await tools.call("replay_captures", {**arguments, "to": app.url}, allowing(app, sending))
    (received,) = app.received
    assert received.body == feed_body("hello")
    assert received.header(SHA256_HEADER) == sign(received.body, SECRET)
    replay_id = report["deliveries"][0]["replay_id"]
    assert report["deliveries"][0]["untrusted_answer"].endswith("expected … and …")
    shown = await tools.call("show_capture", {"capture_id": replay_id}, sending)
    compared = await tools.call("diff_captures", {"left_id": MISLEADER, "right_id": replay_id}, sending)
    read = await read_resource(f"hookscope://captures/{MISLEADER}", sending)
    told = str((report, shown, compared, read)).lower()
    assert not [digest for digest in right if digest in told]
    assert "expected x-hub-signature-256: sha256=… → sha256=…" in compared["untrusted_lines"]


@pytest.mark.parametrize("filler", ["x", "x "])
async def test_an_answer_is_not_cut_off_within_a_secret(sending: Access, filler: str) -> None:
    for known in (SECRET, sign(b"{}", SECRET)):
        answer = f"{(filler * 2000)[: 2000 - len(known) + 1]}{known} and more"
        async with Application(answer=answer.encode()) as app:
            arguments = {"capture_ids": [COMMENT], "to": app.url}
            report = await tools.call("replay_captures", arguments, allowing(app, sending))
        told = report["deliveries"][0]["untrusted_answer"]
        assert told.endswith("…")
        assert len(told) > 1000
        assert known[:-1] not in told
        assert known[-20:-1] not in told


async def test_a_sample_goes_to_the_app(sending: Access) -> None:
    arguments = {"sample": "page.feed.comment", "changes": ["value.message=hi"], "count": 2}
    async with Application() as app:
        report = await tools.call("trigger_sample", {**arguments, "to": app.url}, allowing(app, sending))
    assert report["signed"]
    assert [sent["status"] for sent in report["deliveries"]] == [200, 200]
    assert all(b'"message":"hi"' in received.body for received in app.received)


@pytest.mark.parametrize("to", ["https://evil.example/x", "http://203.0.113.9/", "http://localhost.evil.example/"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("replay_captures", {"capture_ids": [COMMENT]}), ("trigger_sample", {"sample": "page.feed.comment"})],
)
async def test_nothing_goes_to_another_machine(sending: Access, name: str, arguments: dict[str, Any], to: str) -> None:
    with pytest.raises(UsageError, match="not among the targets") as raised:
        await tools.call(name, {**arguments, "to": to}, sending)
    assert raised.value.done == "nothing was sent"


async def test_the_target_of_the_run_is_checked_like_any_other(sending: Access) -> None:
    capture_id = await add_capture_of_run_to("https://staging.example/hook", sending)
    with pytest.raises(UsageError, match="https://staging"):
        await tools.call("replay_captures", {"capture_ids": [capture_id]}, sending)
    async with Application() as app:
        capture_id = await add_capture_of_run_to(app.url, sending)
        await tools.call("replay_captures", {"capture_ids": [capture_id]}, sending)
    assert len(app.received) == 1


async def test_another_program_on_this_machine_gets_nothing(sending: Access) -> None:
    async with Application() as app, Application() as other:
        with pytest.raises(UsageError, match="no run of this journal forwards to this machine"):
            await tools.call("trigger_sample", {"sample": "page.feed.comment", "to": other.url}, sending)
        await add_capture_of_run_to("https://staging.example/hook", sending)
        await add_capture_of_run_to(app.url, sending)
        for arguments in ({"sample": "page.feed.comment", "to": f"{other.url}"}, {"sample": "page.feed.comment"}):
            with pytest.raises(UsageError) as raised:
                await tools.call("trigger_sample", arguments, sending)
            assert raised.value.done == "nothing was sent"
        with pytest.raises(UsageError, match=f"allows: {app.url}\n") as raised:
            await tools.call("replay_captures", {"capture_ids": [COMMENT], "to": other.url}, sending)
        assert f"hookscope mcp --allow-send --to {other.url}" in str(raised.value.hint)
        await tools.call("replay_captures", {"capture_ids": [COMMENT], "to": app.url}, sending)
    assert (len(app.received), other.received) == (1, [])


async def test_targets_that_are_named_are_the_only_ones(sending: Access) -> None:
    async with Application() as named, Application() as other:
        narrow = replace(sending, targets=(named.url,))
        await tools.call("replay_captures", {"capture_ids": [COMMENT], "to": named.url}, narrow)
        with pytest.raises(UsageError, match="not among the targets"):
            await tools.call("replay_captures", {"capture_ids": [COMMENT], "to": other.url}, narrow)
    assert (len(named.received), len(other.received)) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"capture_ids": [FORGED]}, f"hookscope replay {FORGED}"),  # Anybody can make them: a body for another API.
        ({"capture_ids": [COMMENT, STRAY]}, f"hookscope replay {STRAY}"),
        ({"capture_ids": [HANDSHAKE]}, f"hookscope replay {HANDSHAKE}"),
        ({"capture_ids": [COMMENT], "changes": ["$.addr=22"]}, "no key may be added"),
        ({"capture_ids": [COMMENT], "changes": ["nonsense"]}, "PATH=VALUE"),
        ({"capture_ids": [COMMENT] * 21}, "further call"),
        ({"capture_ids": [COMMENT], "changes": ["value.message=x"] * 101}, "further call"),
        ({"capture_ids": []}, "1 to 20"),
        ({"capture_ids": [99]}, "list_captures"),
    ],
)
async def test_what_nobody_should_send_is_not_sent(sending: Access, arguments: dict[str, Any], told: str) -> None:
    async with Application() as app:
        with pytest.raises(UsageError) as raised:
            await tools.call("replay_captures", {**arguments, "to": app.url}, allowing(app, sending))
    assert told in f"{raised.value.message} {raised.value.hint}"
    assert raised.value.done == "nothing was sent"
    assert app.received == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"sample": "page.feed.coment", "to": "3000"}, "comment"),
        ({"sample": "page.feed.comment", "to": "3000", "count": 21}, "further call"),
        ({"sample": "page.feed.comment", "to": "3000", "changes": ["$.addr=22"]}, "no key may be added"),
        ({"sample": "page.feed.comment"}, "hookscope run"),
    ],
)
async def test_a_sample_that_cannot_be_sent_gets_the_next_step(
    sending: Access, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError) as raised:
        await tools.call("trigger_sample", arguments, sending)
    assert told in f"{raised.value.message} {raised.value.hint}"


async def test_a_replay_without_a_target_asks_for_one(sending: Access) -> None:
    with pytest.raises(UsageError, match="no run sent"):
        await tools.call("replay_captures", {"capture_ids": [COMMENT]}, sending)


async def test_without_the_secret_a_changed_replay_is_not_sent(sending: Access) -> None:
    arguments = {"capture_ids": [COMMENT], "changes": ["value.message=x"], "to": "3000"}
    with pytest.raises(UsageError, match="without the app secret") as raised:
        await tools.call(
            "replay_captures",
            arguments,
            replace(sending, secrets=type(sending.secrets)({}), targets=("http://localhost:3000/",)),
        )
    assert "HOOKSCOPE_APP_SECRET" in str(raised.value.hint)
