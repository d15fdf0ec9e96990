"""The report of a bug that ends the screen."""

import traceback
from collections.abc import Sequence

from hookscope.formats.redaction import redact_text
from hookscope.views.sanitize import sanitize


def crash_report(error: BaseException, secrets: Sequence[str]) -> str:
    """Return an error's traceback, which users paste into reports: without local variables and these secrets."""
    text = "".join(traceback.format_exception(error)).rstrip()
    return sanitize(redact_text(text, secrets), keep_newlines=True)
