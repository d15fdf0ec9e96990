"""ngrok, through its own agent."""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from hookscope.errors import TunnelError
from hookscope.settings import TunnelSettings
from hookscope.tunnel.agent_host import AgentHost
from hookscope.tunnel.agent_tunnel import NOTHING_LEFT, AgentTunnel, describe_end
from hookscope.tunnel.base import Announce
from hookscope.tunnel.ngrok_api import DEFAULT_PORTS
from hookscope.tunnel.ngrok_fault import SESSION_TAKEN, is_unreachable, read_fault, redact
from hookscope.tunnel.ngrok_program import find_agent, missing_agent
from hookscope.urls import bare_domain, is_loopback

_log = logging.getLogger("hookscope.tunnel.agent")

_BAD = ("ERROR", "CRITICAL")
_DIAGNOSE = "run `ngrok diagnose`, or use an address of your own with --public-url"
_CONNECT = "check the network connection; `ngrok diagnose` says what is blocked"
_INSTALL = "install ngrok yourself, or name its file with --ngrok-path"

_OWN_AGENT = "hookscope.tunnel.ngrok_host"
_RUNNING_AGENT = "hookscope.tunnel.ngrok_guest"

_FREE_DOMAINS = (".ngrok-free.app", ".ngrok-free.dev")
_FREE_PLAN = "ngrok's free plan takes 20,000 requests a month and 4,000 a minute, and verifies 500 webhooks a month"
"""According to ngrok's page of prices and limits."""
_POOL = "ngrok spreads the requests to the domain over all endpoints that share it: some may go elsewhere"


class _NoAgentError(Exception):
    """There is no running agent that could hold the endpoint."""


class NgrokTunnel(AgentTunnel):
    """An ngrok endpoint, held by an agent; its arguments are those of AgentTunnel.

    Where the account allows no further agent, the endpoint goes into one that runs on this machine already, and is
    removed from it at the end; that agent is left running.

    The authtoken reaches the agent through a private file alone.
    """

    provider = "ngrok"
    install_deadline: ClassVar[float] = 300.0
    """Seconds that a download of the agent may take."""
    offline_grace: ClassVar[float] = 1.5
    """Seconds for the agent to find another way when ngrok's service cannot be reached; it tries for 20 by itself."""

    agent_ports: ClassVar[Sequence[int]] = DEFAULT_PORTS
    """The ports at which an agent that is not ours may serve its API."""

    def __init__(self, settings: TunnelSettings, *, key: str, announce: Announce) -> None:
        super().__init__(settings, key=key, announce=announce)
        self._last_error = ""
        self._is_troubled = False
        self._has_told_limits = False
        self._web_addr: str | None = None
        self._running_agent: str | None = None

    async def open(self, local_url: str) -> str:
        """Start an agent, downloading it when there is none, and ask it for an endpoint that leads to `local_url`."""
        await self.close()
        turn, self._running_agent = self._turn, None
        wanted = self._describe(local_url)
        try:
            return await self._bring_up(_OWN_AGENT, wanted, turn)
        except TunnelError as refusal:
            if not self._is_session_taken():
                raise
            try:
                return await self._bring_up(_RUNNING_AGENT, wanted | self._whereabouts(), turn)
            except _NoAgentError:
                raise refusal from None

    async def _bring_up(self, helper: str, wanted: Mapping[str, Any], turn: int) -> str:
        host = await self._start(helper, wanted)
        try:
            self._check_open(turn)
            self._host = host
            self._last_error, self._is_troubled = "", False
            report = await self._come_up(host)
            self._check_open(turn)
            if report is None:
                raise self._failure("its helper process ended", host.errors())
            public_url = _check(report)
            self._tell_circumstances(public_url)
        except BaseException:
            await self._end(host, *(() if helper == _RUNNING_AGENT else (0.0,)))
            raise
        self._begin_watch(host)
        return public_url

    async def _end(self, host: AgentHost, *grace: float) -> None:
        if not await host.end(*grace):
            self._announce(
                f"the ngrok agent at {self._running_agent} does not answer, and keeps hookscope's endpoint: end that "
                "agent, or leave the removal to the next run"
            )

    def _describe(self, local_url: str) -> dict[str, Any]:
        path = find_agent(self._settings.ngrok_path)
        token = self._settings.authtoken
        return {
            "ngrok_path": str(path) if path else None,
            "upstream": local_url,
            "domain": bare_domain(self._settings.domain),
            "pooling": self._settings.ngrok_pooling,
            "authtoken": token.reveal() if token else None,
            "name": f"hookscope-{secrets.token_hex(4)}",
        }

    def _whereabouts(self) -> dict[str, Any]:
        return {"web_addr": self._web_addr, "ports": list(self.agent_ports)}

    async def _come_up(self, host: AgentHost) -> str | None:
        """Return the public URL that the agent got, or None when the helper ended without a message."""
        loop = asyncio.get_running_loop()
        slow = (f"it did not come up within {self.deadline:g} s", _DIAGNOSE)
        late, hint = slow
        until = loop.time() + self.deadline
        try:
            async with asyncio.timeout_at(until) as clock:
                while event := await host.next():
                    match event["event"]:
                        case "missing":
                            raise missing_agent(self.other_ways)
                        case "absent":
                            raise _NoAgentError
                        case "configured":
                            self._web_addr = event["web_addr"]
                        case "found":
                            self._running_agent = event["address"]
                        case "installing":
                            self._announce("there is no ngrok agent on this machine: downloading it from ngrok")
                            late, hint = f"the download took longer than {self.install_deadline:g} s", _INSTALL
                            clock.reschedule(loop.time() + self.install_deadline)
                        case "installed":
                            self._announce("the ngrok agent has been downloaded")
                            late, hint = slow
                            until = loop.time() + self.deadline
                            clock.reschedule(until)
                        case "log":
                            self._handle_early_log(event, clock, until)
                        case "failed":
                            raise self._failure(event["message"], event["errors"], hint)
                        case "up":
                            return str(event["public_url"])
        except TimeoutError as error:
            raise self._failure(late, hint=hint) from error
        return None

    def _handle_early_log(self, event: Mapping[str, Any], clock: asyncio.Timeout, until: float) -> None:
        """Handle a line of the log of an agent that is not up yet. Raises TunnelError for a fault that will stay."""
        if self._note(event):
            if read_fault(self._last_error):
                raise self._failure()
            if is_unreachable(self._last_error):
                clock.reschedule(min(clock.when() or until, asyncio.get_running_loop().time() + self.offline_grace))
        elif "session" in event["message"]:
            self._last_error = ""
            clock.reschedule(until)

    async def _watch(self, host: AgentHost) -> None:
        reason = "the process that held the ngrok agent has ended"
        while event := await host.next():
            match event["event"]:
                case "log":
                    self._note(event)
                    self._tell_session(event)
                    self._stirred.set()
                case "gone":
                    reason = event["message"]
                case "down":
                    reason = f"the ngrok agent has ended ({describe_end(event['status'])})"
                    self._last_error = self._last_error or " ".join(event["errors"].split())
        if self._last_error:
            reason += f"; its last error: {read_fault(self._last_error) or self._last_error}"
        self._lose(reason)

    def _is_session_taken(self) -> bool:
        fault = read_fault(self._last_error)
        return fault is not None and fault.code in SESSION_TAKEN

    def _tell_circumstances(self, public_url: str) -> None:
        """Announce whose agent it is, with whom a domain is shared, and, once, what ngrok's free plan allows."""
        if self._running_agent:
            self._announce(
                "the account allows no further ngrok agent: the endpoint is added to the one that runs at "
                f"{self._running_agent}, and removed at the end"
            )
        if self._settings.ngrok_pooling:
            self._announce(_POOL)
        if public_url.endswith(_FREE_DOMAINS) and not self._has_told_limits:
            self._has_told_limits = True
            self._announce(_FREE_PLAN)

    def _note(self, event: Mapping[str, Any]) -> bool:
        """Log a line of the agent's; return whether it is an error."""
        level, message, error = event["level"], event["message"], event["error"]
        is_bad = level in _BAD
        # Not above INFO: without a handler, logging would write warnings to the terminal.
        _log.log(logging.INFO if is_bad else logging.DEBUG, "%s", f"{message}: {error}" if error else message)
        if is_bad:
            self._last_error = error or message
        return is_bad

    def _tell_session(self, event: Mapping[str, Any]) -> None:
        """Announce once that the session with ngrok is lost, and once that it is back."""
        message = event["message"]
        if event["level"] in _BAD and "session" in message and not self._is_troubled:
            self._is_troubled = True
            fault = read_fault(self._last_error) or self._last_error
            self._announce(f"ngrok lost its session and is reconnecting; nothing arrives meanwhile ({fault})")
        elif "session established" in message and self._is_troubled:
            self._is_troubled, self._last_error = False, ""
            self._announce("ngrok has its session again, at the same address")

    def _failure(self, report: str = "", errors: str = "", hint: str = _DIAGNOSE) -> TunnelError:
        """Return the error for the agent's last fault, or else for what was reported about the agent."""
        token = self._settings.authtoken
        secrets = (token.reveal(),) if token else ()
        reports = [redact(" ".join(text.split()), secrets) for text in (report, self._last_error, errors) if text]
        fault = next(filter(None, map(read_fault, reports)), None)
        if fault:
            message, hint = str(fault), fault.hint
        elif is_unreachable(self._last_error):
            message, hint = f"its service cannot be reached: {self._last_error}", _CONNECT
        else:
            message = "; ".join(dict.fromkeys(reports))
        name = f"ngrok, in the agent at {self._running_agent}" if self._running_agent else "ngrok"
        return TunnelError(f"{name}: {message}", done=NOTHING_LEFT, hint=hint)


def _check(public_url: str) -> str:
    parts = urlsplit(public_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise TunnelError(
            f"ngrok gave {public_url}, but Meta delivers only to https",
            done=NOTHING_LEFT,
            hint="choose a --domain that ngrok serves over https",
        )
    return public_url.rstrip("/")
