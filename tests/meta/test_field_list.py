import pytest

from hookscope.meta.field_list import list_fields


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, ""),
        (1, "f0"),
        (10, "f0, f1, f2, f3, f4, f5, f6, f7, f8, f9"),
        (11, "f0, f1, f2, f3, f4, f5, f6, f7, and 3 more"),
        (98, "f0, f1, f2, f3, f4, f5, f6, f7, and 90 more"),
    ],
)
def test_a_long_list_is_cut_and_counted(number: int, shown: str) -> None:
    assert list_fields([f"f{n}" for n in range(number)]) == shown
