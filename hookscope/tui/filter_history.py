"""The filters and searches typed before, in this run and earlier ones."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hookscope.errors import HookscopeError
from hookscope.paths import private_folder
from hookscope.private_files import write_private

_MOST = 100


class FilterHistory:
    """Texts, the newest last, kept in a file if there is one. A text with a secret is never kept."""

    def __init__(self, file: Path | None = None, secrets: Sequence[str] = ()) -> None:
        self._file = file
        self._secrets = tuple(secrets)
        self._texts: list[str] = []

    def texts(self) -> Sequence[str]:
        """Return the texts, the newest last, including those that other runs have added."""
        if self._file:
            with suppress(OSError):
                self._texts = self._file.read_text(encoding="utf-8", errors="replace").splitlines()[-_MOST:]
        return self._texts

    def add(self, text: str) -> None:
        """Put a text at the end, and remove its earlier occurrence.

        If the file cannot be written, only this history is lost.
        """
        if not text or "\n" in text or self._holds_secret(text):
            return
        self._texts = [*(one for one in self.texts() if one != text), text][-_MOST:]
        if self._file:
            with suppress(HookscopeError):
                private_folder(self._file.parent)
                write_private(self._file, [f"{one}\n".encode() for one in self._texts])

    def _holds_secret(self, text: str) -> bool:
        from hookscope.formats.redaction import redact_bytes

        raw = text.encode()
        return redact_bytes(raw, self._secrets) != raw
