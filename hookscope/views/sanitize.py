"""The one gate through which text from outside reaches a terminal."""

import re

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: they move the cursor, set titles, answer questions
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: they reorder what is read
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def sanitize(text: str, *, keep_newlines: bool = False) -> str:
    """Make every control character visible instead of effective, so that nothing in `text` steers a terminal.

    C0 controls become their pictures (`␛`), the others `�`.
    """
    if text.isprintable():
        return text

    def show(found: re.Match[str]) -> str:
        char = found[0]
        if keep_newlines and char == "\n":
            return char
        if char < "\x20":
            return chr(0x2400 + ord(char))
        return "\u2421" if char == "\x7f" else "\ufffd"

    return _CONTROL.sub(show, text)
