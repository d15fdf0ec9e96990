"""Help for somebody who types a filter: completion, and what was typed before."""

from collections.abc import Collection, Mapping, Sequence

from hookscope.filter.completion import Completion, complete


class TypingAid:
    """Completes the text of a line, and goes through earlier texts; each call is given the text and returns another."""

    def __init__(self, earlier: Sequence[str] = (), objects: Collection[str] = ()) -> None:
        self._texts = [*earlier, ""]
        self._at = len(self._texts) - 1
        self._objects = objects
        self._seen: Mapping[str, Sequence[str]] = {}
        self._offered: tuple[str, ...] = ()

    def learn(self, seen: Mapping[str, Sequence[str]]) -> None:
        """Offer these values, too, each by its key."""
        self._seen = seen

    def offer(self, text: str) -> Completion:
        """Return what the last word may become."""
        return complete(text, self._objects, self._seen)

    def complete(self, text: str, step: int = 1) -> str:
        """Return the text completed as far as it is certain; asked again, with one of the options after the other."""
        if text in self._offered:
            return self._offered[(self._offered.index(text) + step) % len(self._offered)]
        found = self.offer(text)
        if (extended := found.extended(text)) != text or not found.options:
            return extended
        self._offered = tuple(text[: found.start] + option for option in found.options)
        return self._offered[0 if step > 0 else -1]

    def earlier(self, text: str, step: int) -> str:
        """Return the text that was typed before this one, or after it with a negative step; the last is the new one."""
        if self._at == len(self._texts) - 1:
            self._texts[-1] = text
        self._at = min(max(self._at - step, 0), len(self._texts) - 1)
        return self._texts[self._at]
