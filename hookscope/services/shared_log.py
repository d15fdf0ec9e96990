"""The owner's operations on a shared log: create, inspect, and trim."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from hookscope.errors import HookscopeError, UsageError
from hookscope.model.timestamps import now
from hookscope.team.address import LogAddress, initialize_log, open_log
from hookscope.team.followers import LogStatus
from hookscope.team.hold import Hold
from hookscope.team.log import Grant
from hookscope.team.registration_record import RegistrationRecord
from hookscope.team.retention import last_before, trim


async def create(log: LogAddress, *, readers: Sequence[str], renew: bool) -> UUID:
    """Create the log unless it exists, let these roles read it, and return its id; see `initialize_log`."""
    return await initialize_log(log, readers=readers, renew=renew)


async def status(log: LogAddress) -> LogStatus:
    """Return the present state of the log. Raises LogUnavailableError and LogRefusedError."""
    async with open_log(log) as opened:
        return await opened.status()


class Relays(Struct, frozen=True, kw_only=True):
    """The relays of a log: their app, the callbacks of all so far, and the name of the one that has the lease.

    `subjects` are the objects and accounts that they have registered.
    """

    app_id: str | None
    callback_urls: tuple[str, ...]
    subjects: tuple[str, ...]
    holder: str | None


async def relays(log: LogAddress) -> Relays:
    """Return the relays of the log. Raises UsageError, LogUnavailableError, and LogRefusedError."""
    async with open_log(log) as opened:
        found = await opened.status()
        record = RegistrationRecord.from_state(found.state)
        return Relays(
            app_id=opened.about.app_id,
            callback_urls=record.callback_urls,
            subjects=tuple(record.fields),
            holder=found.lease.holder if found.lease else None,
        )


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
            first, _ = await opened.bounds()
            deleted = await trim(opened, grant, up_to)
            if first + deleted <= up_to:
                raise HookscopeError(
                    "another relay has meanwhile taken the lease",
                    done=f"{deleted} entries were deleted",
                    hint="try again",
                )
            return deleted
        finally:
            await hold.give_back()


def _lease(found: Grant | None) -> Grant:
    if found is None:
        raise UsageError("the lease of the log has just changed hands", hint="try again")
    return found
