from pathlib import Path

from hookscope.tui.filter_history import FilterHistory


def test_what_was_typed_is_there_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "state" / "filters"
    first = FilterHistory(file)
    for text in ("apple", "sig:invalid", "apple", ""):
        first.add(text)
    assert FilterHistory(file).texts() == ["sig:invalid", "apple"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_runs_do_not_forget_each_others_filters(tmp_path: Path) -> None:
    first, second = FilterHistory(tmp_path / "f"), FilterHistory(tmp_path / "f")
    first.add("one")
    second.add("two")
    first.add("three")
    assert second.texts() == ["one", "two", "three"]


def test_a_secret_is_not_kept(tmp_path: Path) -> None:
    history = FilterHistory(tmp_path / "filters", secrets=["s3cr3t-of-the-app"])
    history.add("s3cr3t-of-the-app")
    history.add(f"EAA{'x' * 40}")
    history.add("apple")
    assert (tmp_path / "filters").read_text() == "apple\n"


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = FilterHistory(tmp_path / "file" / "filters")
    history.add("apple")
    assert history.texts() == ["apple"]
