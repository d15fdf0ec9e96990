"""The helper process that adds an endpoint to an ngrok agent that is not ours, and removes just that at the end.

It reads one line of JSON on stdin, `{"name", "upstream", "domain", "pooling", "web_addr", "ports", "folder"}`, and
tells on stdout, one object a line, each with an `event`:

- `absent`: no agent runs on this machine; nothing more comes;
- `found`: an agent answers at `address`; `endpoint`: the `url` to delete, told before there is an endpoint;
- `up`: its `public_url`; `failed`: no agent takes it, `message` says why; `gone`: it is no longer there, by `message`.

When stdin ends, as it does however hookscope ends, the endpoint is removed.
"""

import threading
from collections.abc import Mapping
from typing import Any

from hookscope.tunnel import ngrok_api
from hookscope.tunnel.helper import Helper, MessageSender, run
from hookscope.tunnel.ngrok_api import RefusalError, RunningAgent


class _Guest(Helper):
    """One endpoint in an agent, from its start to its end."""

    def __init__(self, wanted: Mapping[str, Any], messages: MessageSender) -> None:
        super().__init__(wanted, messages)
        self._endpoint: str | None = None
        self._adding = threading.Lock()

    def serve(self) -> None:
        """Add the endpoint, and wait for its end."""
        try:
            if endpoint := self._open():
                self._messages.send("gone", message=ngrok_api.wait_until_gone(endpoint))
        except RefusalError as refusal:
            self._messages.send("failed", message=str(refusal), errors="")
        self.leave()

    def _end(self) -> None:
        with self._adding:  # What the agent is about to open cannot be removed yet.
            if self._endpoint:
                ngrok_api.remove(self._endpoint)

    def _open(self) -> str | None:
        """Return the address of the endpoint in the first agent that takes it; None when there is no agent."""
        refusal: RefusalError | None = None
        for agent in ngrok_api.running_agents(self._wanted["web_addr"], self._wanted["ports"]):
            try:
                return self._add(agent)
            except RefusalError as error:
                refusal = refusal or error
                if self._endpoint and not ngrok_api.remove(self._endpoint):
                    break  # It may open it yet, and only one endpoint is on record.
        if refusal:
            raise refusal
        self._messages.send("absent")
        return None

    def _add(self, agent: RunningAgent) -> str:
        self._messages.send("found", address=agent.address)
        self._endpoint = agent.endpoint(self._wanted["name"])
        self._messages.send("endpoint", url=self._endpoint)
        with self._adding:
            public_url = agent.add(
                self._wanted["name"],
                upstream=self._wanted["upstream"],
                domain=self._wanted["domain"],
                pooling=self._wanted["pooling"],
            )
        self._messages.send("up", public_url=public_url)
        return self._endpoint


if __name__ == "__main__":
    run(_Guest)
