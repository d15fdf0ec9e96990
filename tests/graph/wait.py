"""Waits that do not wait."""

import asyncio


async def no_wait(_: float) -> None:
    """Let others have their turn, and go on."""
    await asyncio.sleep(0)


class Waits:
    """Notes for how long was to be waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)
