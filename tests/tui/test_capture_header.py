from typing import Any

from hookscope.diagnosis.capture_signature import explain_capture_signature
from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Cause, Delivery, Reply, Source
from hookscope.tui import cell_text
from hookscope.tui.render.capture_header import capture_header
from tests.support.captures import SECRET, WHEN, batch_body, feed_body, make_capture


def lines(width: int) -> list[str]:
    capture = make_capture(id=16, duplicate_of=13)
    return "".join(text for _, text in capture_header(capture, WHEN, width)).split("\n")


def test_the_judgements_share_a_line_where_it_is_long_enough() -> None:
    assert lines(80)[-1] == "✓ signature valid (sha256)   ✓ answered 200   = duplicate of #13"


def test_no_mark_is_torn_from_its_words_where_it_is_not() -> None:
    assert lines(58)[-1] == "✓ signature valid   ✓ answered 200   = duplicate of #13"
    assert lines(50)[-2:] == ["✓ signature valid (sha256)", "✓ answered 200   = duplicate of #13"]


def test_failures_in_a_batch_are_shown_first() -> None:
    statuses = [{"id": str(n), "status": "sent" if n < 8 else "failed", "recipient_id": str(n)} for n in range(9)]
    change = {"field": "messages", "value": {"statuses": statuses}}
    body = wire.encode({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
    shown = "".join(text for _, text in capture_header(make_capture(body), WHEN, 80)).split("\n")
    assert "batch of 9 events" in shown[0]
    assert "answered 200" in shown[2], "the verdict comes before the events, for which there may be no room"
    assert [line.partition("messages  ")[2] for line in shown[3:6]] == [
        "status failed to 8",
        "status sent to 0",
        "status sent to 1",
    ]


def test_of_a_batch_those_that_came_before_are_marked() -> None:
    capture = make_capture(batch_body(), originals=(None, 4))
    shown = "".join(text for _, text in capture_header(capture, WHEN, 80)).split("\n")
    assert shown[-2].endswith("text from 4670: one")
    assert shown[-1].endswith("text from 4670: two  =#4")


def test_the_forged_event_of_the_sandbox_is_part_of_its_show() -> None:
    invalid = Signature(verdict=SignatureVerdict.INVALID)
    for source, is_played in ((Source.SANDBOX, True), (Source.LIVE, False)):
        shown = "".join(text for _, text in capture_header(make_capture(signature=invalid, source=source), WHEN, 80))
        assert ("part of the sandbox's show" in shown) is is_played


def said(capture: Capture, **told: Any) -> str:
    return "".join(text for _, text in capture_header(capture, WHEN, 120, **told))


def delivery(**changes: Any) -> Delivery:
    told: dict[str, Any] = {"target": "http://localhost:3000/hook", "status": 200, "elapsed_ms": 3044.0}
    return Delivery(**{"capture_id": 16, "cause": Cause.FORWARD, "sent_at": WHEN, **told, **changes})


def test_the_answer_of_the_app_and_its_time_stand_beside_ours() -> None:
    capture = make_capture(id=16)
    assert "✓ answered 200   ✓ your app 200 in 3044 ms" in said(capture, deliveries=[delivery()])
    again = [delivery(), delivery(status=500, elapsed_ms=12_345.0)]
    assert "✓ answered 200   ✗ your app 500 in 12 s" in said(capture, deliveries=again)
    refused = delivery(status=None, elapsed_ms=0.3, error="connection refused")
    assert "✗ your app: connection refused" in said(capture, deliveries=[refused])


def test_all_verdicts_share_a_line_on_a_narrow_screen_too() -> None:
    capture = make_capture(id=16, reply=Reply(status=200, elapsed_ms=0.6))
    told = "".join(text for _, text in capture_header(capture, WHEN, 58, deliveries=[delivery(elapsed_ms=23.0)]))
    assert told.endswith("✓ signature valid   ✓ answered 200   ✓ app 200 in 23 ms")


def test_several_apps_are_told_apart_by_their_addresses() -> None:
    both = [delivery(elapsed_ms=2.0), delivery(target="http://localhost:3001/", status=500, elapsed_ms=1.0)]
    told = said(make_capture(id=16), deliveries=both)
    assert "✓ localhost:3000 200 in 2.0 ms   ✗ localhost:3001 500 in 1.0 ms" in told


def test_a_replay_is_answered_by_the_app_alone() -> None:
    assert "your app" not in said(make_capture(source=Source.REPLAY, replay_of=2), deliveries=[delivery()])


def test_the_other_events_are_left_out_while_one_is_told() -> None:
    capture = make_capture(batch_body())
    assert "text from 4670: one" in said(capture)
    assert "text from 4670: one" not in said(capture, position=2)


def test_that_a_forgery_is_part_of_the_show_needs_no_other_reason() -> None:
    finding = explain_capture_signature(
        forged := make_capture(signature=Signature(verdict=SignatureVerdict.INVALID), source=Source.SANDBOX),
        secrets={"the app secret": SECRET},
        run=None,
        original=None,
    )
    assert finding
    told = said(forged, finding=finding)
    assert finding.what not in told
    assert "✗ signature invalid   ✓ answered 200" in told


def test_a_long_text_leaves_room_for_the_verdicts() -> None:
    for text in ("日本語のとても長いメッセージです。" * 20, "word " * 200, "x" * 2000):
        shown = "".join(part for _, part in capture_header(make_capture(feed_body(text)), WHEN, 58)).split("\n")
        assert all(cell_text.width(line) <= 58 for line in shown)
        assert shown[1].endswith("…")
        assert "signature valid" in shown[3]
        batch = make_capture(batch_body(text, text))
        assert len("".join(part for _, part in capture_header(batch, WHEN, 58)).split("\n")) == 5
