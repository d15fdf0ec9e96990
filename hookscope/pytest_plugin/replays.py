"""`@pytest.mark.hookscope_replay("captures.ndjson")`: one test for each capture in an exported file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope import filter as filters
from hookscope.errors import HookscopeError, UsageError
from hookscope.formats.importers.detect import read_captures
from hookscope.formats.plain_text import heading
from hookscope.model.record import Capture, Kind
from hookscope.model.timestamps import now

FIXTURE = "hookscope_capture"
_USE = "write @pytest.mark.hookscope_replay('captures.ndjson') or (…, filter='field:feed')"


def parametrize(metafunc: pytest.Metafunc, marker: pytest.Mark) -> None:
    """Parametrize the test's argument `hookscope_capture` with the captures.

    Fails the collection if that is impossible.
    """
    try:
        if FIXTURE not in metafunc.fixturenames:
            raise UsageError(f"the test does not take {FIXTURE}", hint=f"add the argument {FIXTURE}")
        captures = _captures(metafunc.definition.path.parent, *_arguments(marker))
    except HookscopeError as error:
        message = f"hookscope_replay: {error.message}\nnext: {error.hint}" if error.hint else error.message
        pytest.fail(message, pytrace=False)
    metafunc.parametrize(FIXTURE, captures, indirect=True, ids=[_id(capture) for capture in captures])


def _arguments(marker: pytest.Mark) -> tuple[str, str]:
    known = {**dict(zip(("file", "filter"), marker.args, strict=False)), **marker.kwargs}
    file, wanted = known.pop("file", None), known.pop("filter", "")
    if known or len(marker.args) > 1 or not isinstance(file, str | Path) or not isinstance(wanted, str):
        raise UsageError("it takes a file and optionally a filter", hint=_USE)
    return str(file), wanted


def _captures(folder: Path, file: str, wanted: str) -> list[Capture]:
    """Return the matching captures of a file next to the test's.

    Requests to other paths than the callback's are left out.
    """
    parsed, moment = filters.parse(wanted), now()
    found = [
        capture
        for capture in _read(folder / file)
        if capture.kind is not Kind.STRAY and filters.matches(parsed, capture, moment)
    ]
    if not found:
        matching = f" that matches {wanted!r}" if wanted else ""
        raise UsageError(
            f"there is no capture in {file}{matching}",
            hint="see what there is with `hookscope captures import` and `hookscope ls`, or give another filter",
        )
    return found


def _read(path: Path) -> Iterator[Capture]:
    try:
        with path.open(encoding="utf-8") as text:
            yield from read_captures(text.read, (), skip=lambda _: None)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="write it with `hookscope captures export --format ndjson -o FILE`, beside the test",
        ) from error


def _id(capture: Capture) -> str:
    return f"{capture.id}-{'-'.join(heading(capture).split())}"
