"""The process that forwards: reads the journal, sends, and returns the outcomes.

It is connected to the engine by a channel and ends when that is cut.
"""

import asyncio
import gc
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from hookscope.errors import first_of
from hookscope.model.record import Delivery
from hookscope.model.run_events import RunEvent
from hookscope.outbound.forward.forwarder_group import ForwarderGroup, sender_settings
from hookscope.outbound.forward.ipc_channel import Handlers, IpcChannel
from hookscope.outbound.forward.packed_deliveries import pack
from hookscope.outbound.forward.spool import Spool
from hookscope.outbound.forward.worker_client import WorkerConfig
from hookscope.outbound.http.sender import Sender


class _Log:
    """The run's delivery log, at the other end of the channel."""

    def __init__(self, channel: IpcChannel, path: Path, spool: Spool) -> None:
        self._channel = channel
        self._spool = spool
        self._noted: list[Delivery] = []
        self.path = path

    async def adopt_pending(self, target: str) -> list[int]:
        runs: list[int] = await self._channel.ask("adopt_pending", target)
        return runs

    def note(self, delivery: Delivery) -> None:
        if not self._noted:
            asyncio.get_running_loop().call_soon(self._keep_noted)
        self._noted.append(delivery)

    def _keep_noted(self) -> None:
        """Keep all deliveries of this turn of the loop at once: each by itself would take four times as long."""
        self._spool.add(self._noted)
        self._noted.clear()

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        await self._channel.ask("add", pack(deliveries))
        self._spool.forget(deliveries)

    def publish(self, item: RunEvent) -> None:
        self._channel.send("publish", item)


async def _serve(config: WorkerConfig, end: socket.socket, spool: Spool) -> None:
    async with IpcChannel(end) as channel:
        try:
            await _forward(config, channel, spool)
        except* EOFError:
            pass  # The engine is gone: there is nobody to forward for.
        except* Exception as group:
            reason = traceback.format_exception_only(first_of(group))[-1].strip()
            channel.send("fail", reason, "".join(traceback.format_exception(group)))


async def _forward(config: WorkerConfig, channel: IpcChannel, spool: Spool) -> None:
    async with Sender(sender_settings(config.settings)) as sender:
        log = _Log(channel, config.journal, spool)
        forwarding = ForwarderGroup(config.settings, run=config.run, log=log, sender=sender, resumes=config.resumes)
        work = asyncio.create_task(forwarding.run())
        handlers: Handlers = {
            "ready": forwarding.ready,
            "wake": forwarding.wake,
            "close": forwarding.close,
            "drained": forwarding.drained,
            "left": forwarding.left,
            "stop": work.cancel,
        }
        serving = asyncio.create_task(channel.run(handlers))
        done, running = await asyncio.wait({work, serving}, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        await asyncio.wait({work, serving})
        for task in done:
            if not task.cancelled():
                task.result()


def main() -> None:
    """Forward until the engine is gone.

    stdin carries its configuration; the arguments are the descriptors of our end of the channel and of the spool's
    files.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # The engine has them too, and may still have to drain this one.
    gc.freeze()
    config = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the engine, which has started us
    end, *files = map(int, sys.argv[1:])
    asyncio.run(_serve(config, socket.socket(fileno=end), Spool(files)))


if __name__ == "__main__":
    main()
