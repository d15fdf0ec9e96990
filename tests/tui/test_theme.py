import pytest
from rich.color import Color, ColorSystem, ColorType
from textual.theme import Theme

from hookscope.tui import theme

_GROUNDS = ("selected", "selected-blurred", "scrollbar", "scrollbar-background")


def grounds(colors: Theme) -> list[str]:
    named = [colors.background, colors.surface, colors.panel]
    return [*(name for name in named if name), *(colors.variables[name] for name in _GROUNDS)]


def test_the_grounds_stay_dark_and_gray_among_256_colors() -> None:
    for ground in grounds(theme.suited(theme.DARK, "256")):
        shown = Color.parse(ground).downgrade(ColorSystem.EIGHT_BIT)
        assert shown.type is ColorType.EIGHT_BIT
        assert shown.number in range(232, 245)  # The grays; below them begins the cube of coarse colors.


@pytest.mark.parametrize("system", ["standard", "windows"])
def test_every_ground_that_text_stands_on_is_black_among_16_colors(system: str) -> None:
    shown = theme.suited(theme.DARK, system)
    for ground in (shown.background, shown.variables["selected"], shown.variables["selected-blurred"]):
        assert Color.parse(ground or "").downgrade(ColorSystem.STANDARD).number == 0


@pytest.mark.parametrize("system", ["truecolor", None])
def test_a_terminal_with_all_colors_gets_them(system: str | None) -> None:
    assert theme.suited(theme.DARK, system) is theme.DARK
    assert theme.suited(theme.LIGHT, system) is theme.LIGHT


@pytest.mark.parametrize("colors", [theme.DARK, theme.LIGHT, theme.suited(theme.DARK, "256")])
def test_the_faintest_text_can_be_read(colors: Theme) -> None:
    assert colors.background
    assert contrast(colors.variables["faint"], colors.background) >= 4
    assert contrast(colors.variables["muted"], colors.background) >= 4.5


def contrast(text: str, ground: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    darker, lighter = sorted((luminance(text), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in Color.parse(color).get_truecolor().normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
