"""hookscope's own receiver is an endpoint that passes."""

from pathlib import Path

from hookscope.diagnosis.finding import State
from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from tests.diagnosis.endpoint.receiver import SECRET, TOKEN
from tests.diagnosis.endpoint.test_examination import examined, with_state


async def test_our_own_receiver_passes_everything(tmp_path: Path) -> None:
    policy = Policy(paths=frozenset(("/hook",)), verify_token=TOKEN, secrets=(SECRET,))
    async with JournalWriter(tmp_path / "journal.db") as journal:
        receiver = Receiver(policy=policy, journal=journal, publish=Feed().publish, run_id=None, source=Source.LIVE)
        async with receiver:
            found = await examined(f"{receiver.url}/hook")
    assert with_state(found, State.FAILED) == set()
    assert with_state(found, State.UNKNOWN) == set()
    assert with_state(found, State.WARNING) <= {"http.load"}  # A busy machine is slow.
