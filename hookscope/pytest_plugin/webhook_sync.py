"""`meta_webhook_sync`: the synchronous form of `meta_webhook`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hookscope.pytest_plugin.waiting import Synchronous, blocking, run_blocking
from hookscope.pytest_plugin.webhook import MetaWebhook


class MetaWebhookSync(Synchronous[MetaWebhook]):
    """The synchronous form of MetaWebhook: each method blocks until it is done."""

    send = blocking(MetaWebhook.send)
    send_body = blocking(MetaWebhook.send_body)
    repeat = blocking(MetaWebhook.repeat)
    replay = blocking(MetaWebhook.replay)
    handshake = blocking(MetaWebhook.handshake)

    @contextmanager
    def lifespan(self, app: Any) -> Iterator[None]:
        """Start an ASGI app as a server does, and shut it down at the end: `with meta_webhook_sync.lifespan(app):`."""
        span = self._inner.lifespan(app)
        run_blocking(span.__aenter__())
        try:
            yield
        finally:
            run_blocking(span.__aexit__(None, None, None))

    @property
    def app_secret(self) -> str:
        """The app secret that signs, from the fixture `hookscope_app_secret`."""
        return self._inner.app_secret

    def payload(
        self,
        sample: str,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        *,
        add: bool = False,
    ) -> dict[str, Any]:
        """Return the payload of a new event, as `send` sends it. Raises UsageError."""
        return self._inner.payload(sample, set, add=add)
