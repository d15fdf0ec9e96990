from pathlib import Path

import pytest

from hookscope.cli import config
from hookscope.errors import UsageError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 3000, "not TOML: it is nested too deeply"),
        ("port = " + "9" * 5000, r"not TOML: Exceeds the limit .* value has 5000 digits\n"),
        ("port = \xff", "not TOML: .* can't decode byte"),
        ("port 1", "not TOML: Expected '=' .*line 1"),
        ('journal = "~nobody-has-this-name/x"', "'journal': ~nobody-has-this-name/x names the home folder of a user"),
        ('app_secret_file = "a\\u0000b"', "'app_secret_file': 'a.x00b' is not a path"),
        ('port = ["1"]', "'port' has a value of the wrong type"),
        ("object = [1]", "'object' has a value of the wrong type"),
        ("object = 1.5", "'object' has a value of the wrong type"),
        ("port = true", "'port' has a value of the wrong type"),
        ("keys = [1]", "has a value that is not a string"),
        ('app_secret = "x"', "the app secret does not belong in a configuration file"),
    ],
    ids=["deep", "digits", "bytes", "syntax", "home", "NUL", "list", "item", "float", "switch", "keys", "secret"],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / ".hookscope.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=told) as caught:
        config.read(file)
    assert str(file) in caught.value.message


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / ".hookscope.toml"
    file.write_text('app_id = "1"\n', "utf-8-sig")
    assert config.read(file).values == {"app_id": "1"}
