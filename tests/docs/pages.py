"""The documents of the project, taken apart: blocks of code, code within text, tables, headings, and links."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"!\[[^]]*\]\(([^)\s]+)\)")
_INCLUDED = re.compile(r'^--8<-- "(.+)"$', re.MULTILINE)


class Block(Struct, frozen=True):
    """A fenced block of a page."""

    page: str
    language: str
    text: str


class Page(Struct, frozen=True):
    """A Markdown file, named by its path in the repository."""

    name: str

    @property
    def text(self) -> str:
        """All that it says, with what it includes."""
        raw = (ROOT / self.name).read_text("utf-8")
        return _INCLUDED.sub(lambda found: (ROOT / found[1]).read_text("utf-8"), raw)

    @property
    def prose(self) -> str:
        """Its text without the blocks."""
        return _FENCE.sub("", self.text)

    @property
    def blocks(self) -> list[Block]:
        """Its blocks."""
        return [Block(self.name, found["language"], found["text"]) for found in _FENCE.finditer(self.text)]

    @property
    def code(self) -> set[str]:
        """The code within its text."""
        return {" ".join(code.split()) for code in _CODE.findall(self.prose)}

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings."""
        return {_slug(heading) for heading in _HEADING.findall(self.prose)}

    @property
    def links(self) -> list[str]:
        """The targets of its links."""
        return _LINK.findall(self.prose)

    @property
    def images(self) -> list[str]:
        """The files of its pictures."""
        return _IMAGE.findall(self.prose)

    def rows(self, title: str) -> list[list[str]]:
        """Return the cells of the table whose first column has that title, without the head."""
        lines = self.prose.splitlines()
        first = next(number for number, line in enumerate(lines) if line.startswith(f"| {title} |"))
        return [*_rows(lines[first + 2 :])]


def _rows(lines: list[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def _slug(heading: str) -> str:
    plain = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
    return re.sub(r"\s", "-", plain)


def code_in(cell: str) -> list[str]:
    """Return the code in a cell of a table."""
    return _CODE.findall(cell)


PAGES = [Page(str(file.relative_to(ROOT))) for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])]
