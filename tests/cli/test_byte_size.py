"""Sizes as people write them."""

import pytest

from hookscope.cli.byte_size import parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("2GiB", 2 << 30), ("1.5 kb", 1500), ("0MB", 0), (" 3TB ", 3 * 10**12)]
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "500", "MB", "-1MB", "1e3MB", "nanGB", "1.MB", "1MBs", "٣MB"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size: write 500MB or 2GiB"):
        parse_size(text)
