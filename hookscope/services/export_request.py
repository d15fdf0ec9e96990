"""What an export is asked for."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from hookscope.formats.exporters.options import Options
from hookscope.model.record import Capture
from hookscope.services.replay_target import ReplayTargets
from hookscope.urls import check_target

if TYPE_CHECKING:
    from hookscope.journal.reader import JournalReader


class ExportRequest(Struct, frozen=True, kw_only=True):
    """The captures' format, destination and redaction.

    `form` is the name of a registered format. `to` is the target of commands and tests, else that of a replay. With
    `redact`, the texts in `secrets` are removed wherever they occur, and `scrub` removes those that only another
    process knows, from several captures at once. `resign` lets commands sign again. `new` refuses to write into an
    existing folder.
    """

    form: str
    to: str | None = None
    redact: bool = True
    secrets: tuple[str, ...] = ()
    scrub: Callable[[Sequence[Capture]], Sequence[Capture]] = lambda captures: captures
    resign: bool = False
    new: bool = False


def options_of(history: "JournalReader", request: ExportRequest) -> Options:
    """Return the options for a request."""
    return Options(
        to=None if request.to is None else check_target(request.to),
        default_target=ReplayTargets(history).find,
        redact=request.redact,
        secrets=request.secrets if request.redact else (),
        scrub=request.scrub,
        resign=request.resign,
    )
