import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Cause, Reply, Run, Source
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture, make_handshake
from tests.tui.stage import stage


async def test_enter_fills_a_small_screen_and_escape_goes_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("hi")))
        await shown.see("comment add")
        await shown.press("enter")
        assert "WHO → WHOM" not in await shown.see("verb          add")
        await shown.press("escape")
        assert "verb          add" not in await shown.see("WHO → WHOM")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(140, 40), (100, 34)], ids=["beside", "below"])
async def test_a_large_screen_shows_details_with_the_list_and_zooms(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as shown:
        await shown.engine.receive(make_capture(feed_body("hi")))
        await shown.see("WHO → WHOM", "verb          add")
        await shown.press("enter")
        await shown.see("WHO → WHOM", "esc back")
        await shown.press("enter")
        await shown.miss("WHO → WHOM")
        await shown.press("escape")
        await shown.see("WHO → WHOM", "esc back")
        await shown.press("escape")
        await shown.see("WHO → WHOM", "enter details")


async def test_tab_goes_from_pane_to_pane(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("enter details", "verb          add")
        await shown.press("tab")
        await shown.see("esc back")
        await shown.press("tab")
        await shown.see("enter details")


async def test_keys_and_the_mouse_turn_the_pages(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(feed_body("hi / there")))
        await shown.see("comment add")
        pages = {
            "1": "hi / there",
            "2": '"object": "page"',
            "3": r"hi \/ there",
            "4": "X-Hub-Signature-256: sha256=",
            "5": "computed    the same",
            "6": "no handshake is known of its run",
            "7": "not sent to any app",
        }
        for key, text in pages.items():
            await shown.press(key)
            await shown.see(text)
        await shown.pilot.click("#tabs", offset=(4, 0))
        await shown.see("verb          add")


async def test_a_narrow_screen_has_all_tabs(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 20), targets=("http://localhost:3000/hook",)) as shown:
        [capture] = await shown.engine.receive(make_capture())
        await shown.engine.deliver(capture.id)
        await shown.see("✓200")
        for page in "1234567":
            await shown.press(page)
            await shown.see("1 Event", "2 Tree", "3 Raw", "4 Head", "5 Sig", "6 Shake", "7 Sent")


async def test_a_delivery_that_comes_later_shows_by_itself(tmp_path: Path) -> None:
    async with stage(tmp_path, targets=("http://localhost:3000/hook",)) as shown:
        [capture] = await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("7")
        await shown.see("not sent to any app")
        await shown.engine.deliver(capture.id, status=None, error="connection refused", answer=b"")
        await shown.see("7 Deliveries (1)", "no answer", "connection refused")


@pytest.mark.slow
async def test_a_replay_shows_where_it_went_and_no_answer_of_ours(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        [original] = await shown.engine.receive(make_capture())
        sent = make_capture(source=Source.REPLAY, replay_of=original.id, reply=Reply(status=None))
        sent = replace(sent, request=replace(sent.request, remote=""))
        [again] = await shown.engine.receive(sent)
        refused = {"status": None, "error": "connection refused", "answer": b"", "replay_id": again.id}
        await shown.engine.deliver(original.id, cause=Cause.REPLAY, **refused)
        await shown.see("↻#1")
        await shown.press("7")
        frame = await shown.see("replay of #1", "7 Deliveries (1)", "replay → http://localhost:3000/hook", "refused")
        assert not any(text in frame for text in ("from ", "sender", "not sent", "empty body"))


@pytest.mark.slow
async def test_an_unsent_capture_has_a_reason(tmp_path: Path) -> None:
    route = Route(target="http://localhost:3000/hook", filter="apple")
    async with stage(tmp_path, size=(140, 40), targets=(route.target,)) as shown:
        run = await shown.engine.journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(route.target,), routes=(route,), started_at=WHEN)
        )
        pear, apple = (make_capture(feed_body(text), run_id=run.id) for text in ("pear", "apple"))
        unsigned = replace(apple, reply=Reply(status=401))
        await shown.engine.receive(unsigned, pear, apple)
        await shown.see("apple")
        await shown.press("7")
        await shown.see("not sent yet to http://localhost:3000/hook")
        await shown.press("k")
        await shown.see("#2  page", "not sent to any app: no route matches it")
        await shown.press("k")
        assert "no route" not in await shown.see("#1  page", "not sent to any app")


@pytest.mark.slow
async def test_the_query_of_a_handshake_is_taken_apart(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_handshake())
        await shown.see("accepted")
        await shown.press("enter")
        await shown.see("✓ handshake accepted", "hub.challenge: 1158201444")


@pytest.mark.slow
async def test_bytes_that_are_no_text_come_in_hex(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(b"\xff\xfe\x1b[31m"))
        await shown.until(lambda: shown.app.main.timeline.count == 1)
        await shown.press("3")
        await shown.see("000000  ff fe 1b 5b 33 31 6d")


@pytest.mark.slow
@pytest.mark.parametrize("count", [2_500, 70_000])
async def test_a_large_body_is_shown_as_far_as_anybody_reads(tmp_path: Path, count: int) -> None:
    change = {"field": "feed", "value": {"item": "comment", "verb": "add", "message": "x" * 60}}
    entries = [{"id": "1", "time": 1449135003, "changes": [change]}] * count
    body = json.dumps({"object": "page", "entry": entries}).encode()
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(body))
        await shown.see("└ feed" if count < 10_000 else "batch of 1,000")
        await shown.press("k", "G", "enter", "2")
        await shown.see('"object": "page"', "! shown is the first 20,000 lines of", "x exports all of it")
        await shown.press("slash", *"nowhere", "enter")
        await shown.see("! not in the part that is shown")
        await shown.press("escape")
        await shown.press("G")
        await shown.see("the first 20,000 lines of")
        await shown.press("3")
        await shown.see('{"object": "page", "entry": [')
        await shown.press("G")
        await shown.see("the first 256 KiB of")


@pytest.mark.slow
async def test_a_reader_who_hurries_sees_the_last_one(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await shown.engine.receive(*(make_capture(feed_body(f"n{n}", comment_id=str(n))) for n in range(9)))
        await shown.see("#9  page.feed")
        await shown.pilot.press(*"kkkkkkkk")
        await shown.see("#1  page.feed")


async def test_copying_takes_the_body_or_the_headers(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        body = feed_body("Grüße 👋")
        await shown.engine.receive(make_capture(body))
        await shown.see("comment add")
        await shown.press("y")
        await shown.see("copied the body of #1")
        assert shown.app.clipboard.encode() == body
        await shown.press("4", "y")
        await shown.see("copied the headers of #1")
        assert shown.app.clipboard.startswith("Content-Type: application/json\nUser-Agent: facebookexternalua\n")


@pytest.mark.slow
async def test_text_too_long_for_a_clipboard_is_not_cut_silently(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture(b"[" + b"1," * (600 << 10) + b"1]"))
        await shown.see("the JSON is not an object")
        await shown.press("y")
        await shown.see("too long for a terminal's clipboard", "→ x writes a file")
        assert not shown.app.clipboard


@pytest.mark.slow
async def test_a_capture_that_was_deleted_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(140, 40)) as shown:
        await shown.engine.receive(make_capture(), make_capture(feed_body("second")))
        await shown.see("#2  page.feed")
        await _delete(shown.engine.journal)
        await shown.press("k")
        await shown.see("nothing is selected")
        await shown.press("y")
        await shown.see("nothing")


async def _delete(journal: JournalWriter) -> None:
    await journal._write(lambda db: db.execute("DELETE FROM captures WHERE id = 1"))


async def test_a_signature_that_does_not_fit_is_explained(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        spoilt = make_capture(signature=Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="no"))
        await shown.engine.receive(replace(spoilt, request=replace(spoilt.request, body=spoilt.request.body + b"\n")))
        await shown.see("comment add")
        await shown.press("enter")
        await shown.see("signature invalid: a newline was added at the end", "→ verify the raw bytes")


async def test_the_tree_folds_is_searched_and_gives_its_paths(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(100, 34)) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("enter", "2")
        await shown.see('"object": "page"')
        await shown.press("j", "j", "left")
        await shown.see('"entry": [ … 1 ]')
        await shown.press("Y")
        await shown.see("copied $.entry")
        await shown.press("slash", *"verb")
        await shown.see("1 of 1 lines on this page")
        await shown.press("enter", "Y")
        await shown.see("copied $.entry[0].changes[0].value.verb")
        assert shown.app.clipboard == "$.entry[0].changes[0].value.verb"
        await shown.press("escape", "z")
        await shown.see('"entry": [ … 1 ]')
        await shown.press("slash", *"nowhere")
        await shown.see("not on this page")


@pytest.mark.slow
async def test_a_registration_is_a_timeline_without_its_token(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(120, 40)) as shown:
        await shown.engine.receive(make_handshake(), make_capture())
        await shown.see("comment add")
        await shown.press("6")
        frame = await shown.see("POST /{app-id}/subscriptions", "200 and the bare challenge", "registered page: feed")
        assert "hub.verify_token: •••" in frame
