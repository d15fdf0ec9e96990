from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Source
from hookscope.tui.render.capture_header import capture_header
from tests.support.captures import WHEN, batch_body, make_capture


def lines(width: int) -> list[str]:
    capture = make_capture(id=16, duplicate_of=13)
    return "".join(text for _, text in capture_header(capture, WHEN, width)).split("\n")


def test_the_judgements_share_a_line_where_it_is_long_enough() -> None:
    assert lines(80)[-1] == "✓ signature valid (sha256)   ✓ answered 200   = duplicate of #13"


def test_no_mark_is_torn_from_its_words_where_it_is_not() -> None:
    assert lines(58)[-2:] == ["✓ signature valid (sha256)", "✓ answered 200   = duplicate of #13"]


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
