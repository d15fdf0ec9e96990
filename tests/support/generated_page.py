"""Pages of the documentation with a part that a program generates, between two marks."""

from pathlib import Path

END = "<!-- end -->"


def replace_generated(page: Path, begin: str, content: str) -> None:
    """Replace what stands between the marks `begin` and END. Raises ValueError if the page has none."""
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, end, after = rest.partition(END)
    if not (found and end):
        raise ValueError(f"{page} lacks the marks {begin} and {END}")
    page.write_text(f"{before}{begin}\n\n{content}\n\n{end}{after}", encoding="utf-8")
