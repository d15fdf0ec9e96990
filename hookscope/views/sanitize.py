"""The one gate through which text from outside reaches a terminal.

Characters by their properties in the Unicode Character Database: general category Cf without the marks that are seen
(Arabic, Syriac and Kaithi number signs), and what is Default_Ignorable_Code_Point besides.
"""

import re

_CONTROL = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: they move the cursor, set titles, request answers
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: they reorder the text
    "\u2028\u2029\ufff9-\ufffb\ud800-\udfff"
)
_INVISIBLE = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufff8"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags, which repeat ASCII invisibly
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
"""A joiner behind one chooses its form, also at the end of a word."""

_JOINED = "[^\x00-\u02ff]"
"""Emoji, and the letters and marks of the scripts whose spelling needs joiners: Persian, those of India, …"""

_UNSAFE = re.compile(
    f"[{_CONTROL}{_INVISIBLE}]"
    f"|[\u200c\u200d](?!(?<={_JOINED}.)(?<![\u200c\u200d].){_JOINED})(?<![{_VIRAMAS}].)"
    f"|(?<=[{_SELECTORS}\u200c\u200d])[{_SELECTORS}]|\\A[{_SELECTORS}]"
)


def sanitize(text: str, *, keep_newlines: bool = False) -> str:
    """Replace every control and invisible character by a visible one, so that no text steers a terminal.

    C0 controls become their pictures (`␛`), the others `�`. A joiner stays within emoji and scripts that need it, and
    so does a single variation selector.
    """
    if text.isascii() and text.isprintable():
        return text

    def show(found: re.Match[str]) -> str:
        char = found[0]
        if keep_newlines and char == "\n":
            return char
        if char < "\x20":
            return chr(0x2400 + ord(char))
        return "\u2421" if char == "\x7f" else "\ufffd"

    return _UNSAFE.sub(show, text)
