"""The owner's operations on a shared log: create, inspect, and trim."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from hookscope.errors import HookscopeError, UsageError
from hookscope.model.timestamps import now
from hookscope.team.address import LogAddress
from hookscope.team.followers import LogStatus
from hookscope.team.hold import Hold
from hookscope.team.log import Grant
from hookscope.team.opening import initialize_log, open_log
from hookscope.team.position import last_before
from hookscope.team.retention import trim


async def create(log: LogAddress, *, readers: Sequence[str], renew: bool) -> UUID:
    """Create the log unless it exists, let these roles read it, and return its id; see `initialize_log`."""
    return await initialize_log(log, readers=readers, renew=renew)


async def status(log: LogAddress) -> LogStatus:
    """Return the present state of the log. Raises LogUnavailableError and LogRefusedError."""
    async with open_log(log) as opened:
        return await opened.status()


async def trim_older(log: LogAddress, age: timedelta, *, holder: str) -> int:
    """Delete older entries, and return their number.

    While a relay has the lease, its fence is used: deleting entries changes nothing at Meta. Raises
    LogUnavailableError, LogRefusedError, and HookscopeError when the lease changes hands meanwhile.
    """
    async with open_log(log) as reading:
        app_id = reading.about.app_id
    if app_id is None:
        return 0  # No relay has ever written into it.
    async with open_log(log, app_id=app_id) as opened:
        hold = Hold(opened, holder=holder)
        own = await hold.take()
        try:
            grant = own or _lease((await opened.status()).lease)
            up_to = await last_before(opened, now() - age)
            deleted = await trim(opened, grant, up_to)
            if (await opened.bounds())[0] <= up_to:
                raise HookscopeError(
                    "another relay has meanwhile taken the lease",
                    done=f"{deleted} of the entries up to @{up_to} were deleted",
                    hint="try again",
                )
            return deleted
        finally:
            await hold.give_back()


def _lease(found: Grant | None) -> Grant:
    if found is None:
        raise UsageError("the lease of the log has just changed hands", hint="try again")
    return found
