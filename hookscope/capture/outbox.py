"""The outbox: what an application has still to get. It is no table of its own but a reading of the journal."""

from datetime import datetime

from hookscope.capture import row
from hookscope.capture.history import History

_LEFT = """
SELECT c.id FROM captures AS c JOIN runs AS r ON r.id = c.run_id
WHERE r.app_id = ? AND r.id < ? AND c.received_at >= ?
    AND c.kind = 'notification' AND c.signature IN ('valid', 'unchecked') AND c.reply_status = 200
    AND c.replay_of IS NULL
    AND EXISTS (SELECT 1 FROM json_each(r.targets) WHERE value = ?)
    AND NOT EXISTS (
        SELECT 1 FROM deliveries AS d
        WHERE d.capture_id = c.id AND d.cause = 'forward' AND d.target = ? AND d.failure IS NOT 'unreachable'
    )
ORDER BY c.id
"""


class Outbox(History):
    """A journal, read for what earlier runs have acknowledged and could not hand on."""

    def left(self, *, app_id: str, before_run: int, target: str, since: datetime) -> list[int]:
        """The notifications that earlier runs of this app took for `target` since then and that never reached it.

        One that was not answered 200 is not among them: Meta sends it again.
        """
        values = (app_id, before_run, row.milliseconds(since), target, target)
        return [number for (number,) in self._rows(_LEFT, values)]
