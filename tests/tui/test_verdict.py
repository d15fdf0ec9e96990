from hookscope.tui.verdict import verdict
from tests.support.captures import WHEN, make_capture


def lines(width: int) -> list[str]:
    capture = make_capture(id=16, duplicate_of=13)
    return "".join(text for _, text in verdict(capture, WHEN, width)).split("\n")


def test_the_judgements_share_a_line_where_it_is_long_enough() -> None:
    assert lines(80)[-1] == "✓ signature valid (sha256)   ✓ answered 200   = duplicate of #13"


def test_no_mark_is_torn_from_its_words_where_it_is_not() -> None:
    assert lines(58)[-2:] == ["✓ signature valid (sha256)", "✓ answered 200   = duplicate of #13"]
