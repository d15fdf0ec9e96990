"""The outbox: what an application has yet to receive. It is not a table of its own but a view of the journal."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hookscope.journal.outcomes import ACKNOWLEDGED
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds, now

_LEFT = f"""
SELECT c.id FROM captures AS c
WHERE c.run_id IN (SELECT value FROM json_each(?)) AND c.received_at >= ?
    AND {ACKNOWLEDGED}
    AND NOT EXISTS (
        SELECT 1 FROM deliveries AS d
        WHERE d.capture_id = c.id AND d.cause = 'forward' AND d.target = ? AND d.failure IS NOT 'unreachable'
    )
ORDER BY c.id
"""  # noqa: S608

HELD_FOR = timedelta(hours=36)
"""Undelivered notifications are kept for as long as Meta itself retries a delivery."""

_LONGEST_ANSWER = timedelta(seconds=30)
"""A capture without an answer by then will get none."""


class Outbox(JournalReader):
    """A journal, read for notifications that runs have acknowledged and not yet delivered."""

    def left(self, *, runs: Sequence[int], target: str, since: datetime) -> list[int]:
        """Return the notifications that these runs took since then and that never reached `target`.

        One that was not answered 200 is not among them: Meta sends it again.
        """
        values = (json.dumps(list(runs)), milliseconds(since), target)
        return [number for (number,) in self._rows(_LEFT, values)]

    def answered(self, *, after: int, run_id: int) -> Iterator[Capture]:
        """Yield a run's captures with an id over `after`, up to the first whose answer is still pending.

        A replay is stored with its answer, or without one if none can come anymore.
        """
        for capture in self.captures(after=after, run_id=run_id):
            waits = capture.reply.status is None and capture.replay_of is None
            if waits and now() - capture.received_at < _LONGEST_ANSWER:
                return
            yield capture
