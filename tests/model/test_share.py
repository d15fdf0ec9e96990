import pytest

from hookscope.model.faults import Share, parse_share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("10%", Share(share=0.1)),
        ("0.25", Share(share=0.25)),
        ("100%", Share(share=1.0)),
        ("0", Share(count=0)),
        ("3", Share(count=3)),
        (" 50 % ", Share(share=0.5)),
    ],
)
def test_a_share_is_a_fraction_or_a_count(text: str, share: Share) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", ["", "x", "101%", "-1", "1.5", "nan", "inf%", "%", "²"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number nor a share"):
        parse_share(text)


def test_a_share_of_a_whole() -> None:
    assert parse_share("10%").of(200) == 20
    assert parse_share("10%").of(5) == 1
    assert parse_share("0%").of(5) == 0
    assert parse_share("7").of(5) == 5
