"""The secrets for signing again."""

from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict, judge
from hookscope.model.record import Capture, Kind, Run, Source
from hookscope.sandbox.address import made_up_secret
from hookscope.secret_sources import Secret, SecretSources
from hookscope.services.signing import Signing
from tests.support.captures import WHEN, make_capture
from tests.support.program import Home, call

FORGED = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256")


async def kept(folder: Path, source: Source) -> tuple[Path, Capture]:
    """Return a journal with a forged capture of a run."""
    async with JournalWriter(folder / "journal.db") as journal:
        run = await journal.begin_run(Run(app_id="77", objects=("page",), targets=(), started_at=WHEN))
        return journal.path, await journal.append(make_capture(run_id=run.id, source=source, signature=FORGED))


def unanswered(app: str) -> Secret:
    raise UsageError(f"no secret of {app}", hint="set one")


async def test_a_forged_event_of_the_sandbox_is_signed_as_its_others(tmp_path: Path) -> None:
    path, capture = await kept(tmp_path, Source.SANDBOX)
    with JournalReader(path) as history:
        secret = Signing(history, SecretSources(), unanswered).secret_of(capture)
    assert secret.reveal() == made_up_secret("77").reveal()


async def test_another_forged_event_needs_the_apps_secret(tmp_path: Path) -> None:
    path, capture = await kept(tmp_path, Source.LIVE)
    with JournalReader(path) as history, pytest.raises(UsageError, match="without the app secret"):
        Signing(history, SecretSources(), unanswered).secret_of(capture)


@pytest.mark.slow
async def test_what_a_sandbox_run_took_can_be_signed_by_another_process(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    await call(home, "run", "--sandbox", "--json", "--exit-after", "1")
    with JournalReader(home.journal) as history:
        capture = next(one for one in history.captures() if one.kind is Kind.NOTIFICATION)
        secret = Signing(history, SecretSources({}), unanswered).secret_of(capture)
    assert judge(capture.request.headers, capture.request.body, [secret.reveal()])
