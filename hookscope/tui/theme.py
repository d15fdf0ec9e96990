"""The two color themes, and the tones that all text on the screen is painted in."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace  # noqa: TID251  # For Textual's own.
from enum import StrEnum
from functools import lru_cache

from rich.style import Style
from textual.content import Content
from textual.theme import Theme

from hookscope.tui import cell_text
from hookscope.views.body import Token
from hookscope.views.highlight import Sought, spans

Pieces = list[tuple["Tone", str]]
"""Text in its tones; already safe for a terminal."""


class Tone(StrEnum):
    """The meaning of a piece of text; its value is the name of the theme's variable. None stands for itself alone."""

    TEXT = "foreground"
    STRONG = "strong"
    MUTED = "muted"
    FAINT = "faint"
    ACCENT = "primary"
    OK = "success"
    WARN = "warning"
    BAD = "error"
    KEY = "json-key"
    STRING = "json-string"
    NUMBER = "json-number"
    WORD = "json-word"
    BADGE = "secondary"
    FOUND = "found"


TOKEN_TONES = {
    Token.KEY: Tone.KEY,
    Token.STRING: Tone.STRING,
    Token.NUMBER: Tone.NUMBER,
    Token.WORD: Tone.WORD,
    Token.PUNCTUATION: Tone.MUTED,
    Token.PLAIN: Tone.TEXT,
    Token.NOTE: Tone.MUTED,
    Token.PROBLEM: Tone.WARN,
}

_BOLD = frozenset((Tone.STRONG, Tone.BAD, Tone.BADGE))

DARK = Theme(
    name="hookscope-dark",
    dark=True,
    primary="#79b8e8",
    secondary="#c9a3e6",
    accent="#79b8e8",
    foreground="#d3d9e3",
    background="#11151c",
    surface="#161b24",
    panel="#1d2430",
    success="#7fc98f",
    warning="#e3b566",
    error="#f0787e",
    variables={
        "strong": "#f2f5fa",
        "muted": "#8a95a8",
        "faint": "#76819a",
        "selected": "#26364a",
        "selected-blurred": "#1d2735",
        "json-key": "#79b8e8",
        "json-string": "#a5cf9a",
        "json-number": "#e3b566",
        "json-word": "#c9a3e6",
        "found": "#e3b566",
        "scrollbar": "#2f3a4b",
        "scrollbar-hover": "#46566e",
        "scrollbar-active": "#79b8e8",
        "scrollbar-background": "#11151c",
        "scrollbar-background-hover": "#11151c",
        "scrollbar-background-active": "#11151c",
    },
)

LIGHT = Theme(
    name="hookscope-light",
    dark=False,
    primary="#1f5f99",
    secondary="#7a3e9d",
    accent="#1f5f99",
    foreground="#2b313b",
    background="#fbfaf7",
    surface="#f4f2ed",
    panel="#e9e6df",
    success="#2c7a3f",
    warning="#8a5a00",
    error="#b3262e",
    variables={
        "strong": "#0d1117",
        "muted": "#5a636f",
        "faint": "#6f7782",
        "selected": "#d5e5f5",
        "selected-blurred": "#e8ecf0",
        "json-key": "#1f5f99",
        "json-string": "#2c7a3f",
        "json-number": "#8a5a00",
        "json-word": "#7a3e9d",
        "found": "#b07800",
        "scrollbar": "#d0ccc2",
        "scrollbar-hover": "#b3aea2",
        "scrollbar-active": "#1f5f99",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
    },
)


_GREYS = {
    "muted": "#949494",
    "faint": "#767676",
    "selected": "#303030",
    "selected-blurred": "#262626",
    "scrollbar": "#3a3a3a",
    "scrollbar-hover": "#585858",
    "scrollbar-background": "#121212",
    "scrollbar-background-hover": "#121212",
    "scrollbar-background-active": "#121212",
}


def suited(theme: Theme, color_system: str | None) -> Theme:
    """Return the theme for the colors of a terminal; `color_system` is Rich's name for their number.

    Dark blues are navy or teal among the 256 colors: there the dark theme's backgrounds are grays, of which there are
    many.
    """
    if color_system in ("truecolor", None) or not theme.dark:
        return theme
    variables = {**theme.variables, **_GREYS}
    if color_system != "256":
        variables["selected"] = variables["selected-blurred"] = "#000000"  # The next color would drown the text.
    return replace(theme, background="#121212", surface="#1c1c1c", panel="#262626", variables=variables)


def preferred() -> str:
    """Return the initial theme: light if the terminal says that its background is, in COLORFGBG."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name


def extent(pieces: Iterable[tuple[Tone, str]]) -> int:
    """Return the number of columns that the pieces take on one line."""
    return sum(cell_text.width(text) for _, text in pieces)


def lit(tone: Tone, text: str, wanted: Sought) -> Iterator[tuple[Tone, str]]:
    """Yield the text, with the searched words in a tone of their own."""
    done = 0
    for start, end in spans(text, wanted) if wanted else ():
        yield from ((tone, text[done:start]), (Tone.FOUND, text[start:end]))
        done = end
    yield tone, text[done:]


def lit_part(tone: Tone, text: str, part: str) -> Iterator[tuple[Tone, str]]:
    """Yield the text, with each occurrence of a part of it in a tone of its own; case does not matter."""
    done = 0
    for found in re.finditer(re.escape(part), text, re.IGNORECASE):
        yield from ((tone, text[done : found.start()]), (Tone.FOUND, found[0]))
        done = found.end()
    yield tone, text[done:]


def content(pieces: Iterable[tuple[Tone, str]]) -> Content:
    """Return pieces as a widget renders them."""
    return Content.assemble(*((text, f"${tone} bold" if tone in _BOLD else f"${tone}") for tone, text in pieces))


def styles(variables: Mapping[str, str], background: str | None = None) -> dict[Tone, Style]:
    """Return the tones as Rich styles, for widgets that paint line by line; the same object for the same colors.

    `background` is the name of a variable of the theme; without one, that of the widget stays.
    """
    return _styles(tuple(variables[tone] for tone in Tone), variables[background] if background else None)


@lru_cache
def _styles(colors: tuple[str, ...], background: str | None) -> dict[Tone, Style]:
    return {
        tone: Style(color=color, bgcolor=background, bold=tone in _BOLD, reverse=True if tone is Tone.FOUND else None)
        for tone, color in zip(Tone, colors, strict=True)
    }
