"""The line in which a filter or a search is typed, with a message below."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.typing_aid import TypingAid
from hookscope.tui.widgets.ordered_keys import LineInput
from hookscope.tui.widgets.text import StaticText


class _Line(LineInput):
    """The input line. It handles the keys that replace its text itself, so that all keys keep their order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
        Binding("up", "earlier(1)", show=False),
        Binding("down", "earlier(-1)", show=False),
    ]
    aid = TypingAid()

    def action_complete(self, step: int) -> None:
        """Complete the last word, or offer another completion of it."""
        self._put(self.aid.complete(self.value, step))

    def action_earlier(self, step: int) -> None:
        """Go back to an earlier text, or forward again."""
        self._put(self.aid.earlier(self.value, step))

    def _put(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)


class Prompt(Vertical):
    """Hidden until it is opened. Posts `Typed` with every key, and `Closed` when it is left."""

    DEFAULT_CSS = """
    Prompt { height: auto; background: $panel; display: none; }
    Prompt > Horizontal { height: 1; }
    Prompt #prompt-label { width: auto; padding: 0 0 0 1; }
    Prompt Input, Prompt Input:focus { border: none; height: 1; width: 1fr; background: $panel; padding: 0 1; }
    Prompt #prompt-message { max-height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close(False)", show=False)]

    class Typed(Message):
        """The text has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done: the text is to be kept, or discarded."""

        def __init__(self, text: str, *, kept: bool) -> None:
            super().__init__()
            self.text = text
            self.kept = kept

    def compose(self) -> ComposeResult:
        """Compose a label, the line, and the message."""
        with Horizontal():
            yield StaticText(id="prompt-label")
            yield _Line(id="prompt-text", select_on_focus=False)
        yield StaticText(id="prompt-message")

    @property
    def is_open(self) -> bool:
        """True if something is being typed."""
        return self.display

    def open(self, label: str, text: str, example: str, aid: TypingAid) -> None:
        """Let the user type a text, beginning with this one."""
        self.display = True
        self.query_one("#prompt-label", StaticText).show([(Tone.ACCENT, label)])
        line = self.query_one(_Line)
        with line.prevent(Input.Changed):
            line.value = text
        line.placeholder = example
        line.aid = aid
        line.select_all()
        self.screen.set_focus(line)  # At once: the next keys must not do what they do elsewhere.

    def say(self, pieces: Pieces) -> None:
        """Show a message about the typed text."""
        self.query_one("#prompt-message", StaticText).show(pieces)

    def reopen(self) -> None:
        """Continue with the text: it cannot be kept like this."""
        self.display = True
        self.screen.set_focus(self.query_one(_Line))

    def action_close(self, kept: bool) -> None:
        """Hide it again."""
        self.display = False
        self.post_message(self.Closed(self.query_one(_Line).value, kept=kept))

    @on(Input.Changed)
    def _on_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _on_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_close(kept=True)
