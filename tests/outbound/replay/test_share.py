import pytest

from hookscope.outbound.replay.faults import Portion, parse_portion


@pytest.mark.parametrize(
    ("text", "portion"),
    [
        ("10%", Portion(share=0.1)),
        ("0.25", Portion(share=0.25)),
        ("100%", Portion(share=1.0)),
        ("0", Portion(count=0)),
        ("3", Portion(count=3)),
        (" 50 % ", Portion(share=0.5)),
    ],
)
def test_a_portion_is_a_share_or_a_count(text: str, portion: Portion) -> None:
    assert parse_portion(text) == portion


@pytest.mark.parametrize("text", ["", "x", "101%", "-1", "1.5", "nan", "inf%", "%", "²"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number nor a share"):
        parse_portion(text)


def test_a_portion_of_a_whole() -> None:
    assert parse_portion("10%").of(200) == 20
    assert parse_portion("10%").of(5) == 1
    assert parse_portion("0%").of(5) == 0
    assert parse_portion("7").of(5) == 5
