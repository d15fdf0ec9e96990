"""The common base of tunnels by programs that print their URL."""

import asyncio
import logging
import shutil
from abc import abstractmethod
from typing import ClassVar
from urllib.parse import urlsplit

from hookscope.errors import TunnelError
from hookscope.settings import TunnelSettings
from hookscope.tunnel.agent_host import AgentHost
from hookscope.tunnel.agent_tunnel import NOTHING_LEFT, AgentTunnel, describe_end
from hookscope.tunnel.base import Announce
from hookscope.tunnel.program_output import Dialect, Transcript

_log = logging.getLogger("hookscope.tunnel.agent")


class ProgramTunnel(AgentTunnel):
    """A tunnel held by a program that prints its URL; its arguments are those of AgentTunnel.

    A subclass defines the program's command line and how to read its output. The program gets no secret of hookscope,
    in its environment or otherwise.
    """

    installation: ClassVar[str]
    """The next step for a user without the program."""

    settle: ClassVar[float] = 0.0
    """Seconds in which a second URL, after the first, makes both doubtful."""

    unset: ClassVar[tuple[str, ...]] = ()
    """Environment variables that the program would take for options."""

    def __init__(self, settings: TunnelSettings, *, key: str, announce: Announce) -> None:
        super().__init__(settings, key=key, announce=announce)
        self._dialect = self._read_settings()
        self._transcript = Transcript(self._dialect)
        self._said: set[str] = set()
        self._program = self.provider
        self._public_url = ""
        self._moved_to: str | None = None

    @abstractmethod
    def _read_settings(self) -> Dialect:
        """Return the patterns of the program's output.

        Raises UsageError for settings with which it cannot be started.
        """

    @abstractmethod
    def _command(self, local_url: str) -> list[str]:
        """Return the program's name and its arguments."""

    def _say_once(self, sentence: str) -> None:
        """Announce a sentence, unless an earlier start of the program did."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._announce(sentence)

    def _accept(self, public_url: str) -> None:
        """Handle the URL that the program got."""

    async def open(self, local_url: str) -> str:
        """Start the program and read its public URL; a program that has only moved to another URL is kept running."""
        if moved := self._take_move():
            return moved
        await self.close()
        turn = self._turn
        name, *arguments = self._command(local_url)
        program = shutil.which(name)
        if program is None:
            raise TunnelError(
                f"there is no program {name} on PATH",
                done="nothing was started",
                hint=f"{self.installation}; or choose {self.other_ways}",
            )
        wanted = {"argv": [program, *arguments], "unset": self.unset}
        host = await self._start("hookscope.tunnel.program_host", wanted)
        try:
            self._check_open(turn)
            self._host = host
            self._transcript = Transcript(self._dialect)
            self._program = name
            await self._come_up(host)
            self._check_open(turn)
            self._public_url = self._transcript.urls[-1]
            self._accept(self._public_url)
        except BaseException:
            await self._end(host, 0.0)
            raise
        self._begin_watch(host)
        return self._public_url

    async def _come_up(self, host: AgentHost) -> None:
        """Read the program's output until its public URL is known. Raises TunnelError."""
        loop, transcript, name = asyncio.get_running_loop(), self._transcript, self._program
        is_settling = False
        try:
            async with asyncio.timeout(self.deadline) as clock:
                while event := await host.next():
                    match event["event"]:
                        case "line":
                            self._add_line(event["text"])
                            if transcript.fault:
                                raise self._failure(f"{name}: {transcript.fault.meaning}: {transcript.fault_line}")
                        case "failed":
                            raise self._failure(f"{name} cannot be started: {event['message']}")
                        case "down":
                            raise self._failure(f"{name} has ended ({describe_end(event['status'])})")
                    if transcript.is_up and not self.settle:
                        return
                    if transcript.is_up and not is_settling:
                        is_settling = True
                        clock.reschedule(loop.time() + self.settle)
                raise self._failure(f"the process that held {name} has ended", host.errors())
        except TimeoutError:
            if not transcript.is_up:
                raise self._failure(f"{name} printed no public URL within {self.deadline:g} s") from None
        if len(transcript.urls) > 1:
            raise self._failure(f"{name} printed several URLs: {', '.join(transcript.urls)}")

    async def _watch(self, host: AgentHost) -> None:
        reason = f"the process that held {self._program} has ended"
        while event := await host.next():
            match event["event"]:
                case "line":
                    if self._add_line(event["text"]):
                        self._stirred.set()
                    if self._has_moved():
                        reason = f"{self._program} gave the tunnel another URL"
                        break
                case "down":
                    reason = f"{self._program} has ended ({describe_end(event['status'])})"
                    if words := self._transcript.last_words:
                        reason += f"; its last lines: {words}"
        self._lose(reason)

    def _add_line(self, line: str) -> bool:
        _log.debug("%s", line)
        return self._transcript.add_line(line)

    def _has_moved(self) -> bool:
        urls = self._transcript.urls
        self._moved_to = urls[-1] if self._dialect.is_exact and urls[-1:] != [self._public_url] else None
        return self._moved_to is not None

    def _take_move(self) -> str | None:
        """Return the URL that the running program has moved to, if that is why it was lost."""
        moved, self._moved_to = self._moved_to, None
        if moved and self._host:
            self._public_url = moved
            self._lost.clear()
            self._begin_watch(self._host)
            return moved
        return None

    def _failure(self, what: str, errors: str = "") -> TunnelError:
        transcript = self._transcript
        if transcript.fault:
            return TunnelError(what, done=NOTHING_LEFT, hint=transcript.fault.hint)
        if transcript.plain_url:
            what += f"; it printed {transcript.plain_url}, but Meta delivers only to https"
        words = errors or transcript.last_words
        what += f"; its last lines: {words}" if words else "; it printed nothing"
        return TunnelError(what, done=NOTHING_LEFT, hint=self._advice())

    def _advice(self) -> str:
        return f"run it yourself to see more, or choose {self.other_ways}"


def port_of(local_url: str) -> int:
    """Return the port of the receiver's address."""
    port = urlsplit(local_url).port
    assert port
    return port
