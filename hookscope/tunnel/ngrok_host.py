"""The helper process in which pyngrok runs an ngrok agent; the only module that imports pyngrok.

pyngrok blocks, holds locks that a silent agent never releases, and leaves the agent running when its process is killed.
In a process group of its own, all of that ends with one signal.

It reads one line of JSON on stdin, `{"ngrok_path", "upstream", "domain", "pooling", "authtoken", "folder"}`, and tells
on stdout, one object a line, each with an `event`:

- `missing`: there is no agent, and no authtoken that a downloaded one could use; nothing more comes;
- `installing`, `installed`: there is no agent, one is downloaded;
- `configured`: the `web_addr` of the user's own configuration, where the user's own agent would serve its API;
- `agent`: its `pid`; `log`: a line of its log, with `level`, `message`, `error`;
- `up`: its `public_url`; `failed`: there will be none, `message` says why; `down`: the agent has ended, with `status`.
  The last two have in `errors` the end of what was written to stderr, which must lead to a file.

When stdin ends, as it does however hookscope ends, or the agent has ended, the whole process group ends.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyngrok import conf, installer, ngrok, process
from pyngrok.exception import PyngrokError, PyngrokNgrokError, PyngrokNgrokHTTPError, PyngrokNgrokURLError
from pyngrok.log import NgrokLog

from hookscope.tunnel.helper import Helper, MessageSender, end_gently, run
from hookscope.tunnel.ngrok_api import is_taken
from hookscope.tunnel.ngrok_config import NgrokConfig, has_authtoken, private_config, without_web_addr
from hookscope.tunnel.ngrok_fault import redact

_API_SECONDS = 12.0
_NEVER = 3600
"""The deadlines are the engine's affair; it ends this process."""

_LONGEST_ERRORS = 400


class _Host(Helper):
    """One agent, from its start to its end."""

    def __init__(self, wanted: Mapping[str, Any], messages: MessageSender) -> None:
        super().__init__(wanted, messages)
        self._hide((wanted["authtoken"] or "",))
        self._folder = Path(wanted["folder"])
        self._path = str(wanted["ngrok_path"] or conf.DEFAULT_NGROK_PATH)
        self._agent: subprocess.Popen[str] | None = None

    def serve(self) -> None:
        """Bring the agent up, and wait for its end."""
        try:
            agent = self._open()
            if agent:
                self._messages.send("down", status=agent.wait(), errors=_errors())
        except Exception as error:
            self._tell_rest_of_log()
            self._messages.send("failed", message=_explain(error), errors=_errors())
        self.leave()

    def _end(self) -> None:
        end_gently(self._agent)

    def _hide(self, secrets: tuple[str, ...]) -> None:
        self._messages.clean = lambda text: redact(text, secrets)

    def _open(self) -> "subprocess.Popen[str] | None":
        users = _read_config(Path(conf.DEFAULT_NGROK_CONFIG_PATH))
        if not Path(self._path).exists():
            if not (self._wanted["authtoken"] or has_authtoken(users)):
                self._messages.send("missing")
                return None
            self._messages.send("installing")
            _install(Path(self._path), self._folder)
            self._messages.send("installed")
        settings = self._settings(self._configure(users))
        threading.Thread(target=self._await_agent, daemon=True).start()
        options: dict[str, Any] = {"pooling_enabled": True} if self._wanted["pooling"] else {}
        if domain := self._wanted["domain"]:
            options |= {"url": f"https://{domain}"} if settings.config_version == "3" else {"domain": domain}
        tunnel = ngrok.connect(self._wanted["upstream"], "http", "hookscope", settings, **options)
        agent = self._agent or ngrok.get_ngrok_process(settings).proc
        self._messages.send("up", public_url=tunnel.public_url)
        return agent

    def _configure(self, users: Mapping[str, Any] | None) -> NgrokConfig:
        """Write the private configuration, derived from the user's own, into the private folder."""
        config = private_config(users, authtoken=self._wanted["authtoken"], agent_version=_version(self._path))
        self._hide(config.secrets)
        self._messages.send("configured", web_addr=config.web_addr)
        if config.web_addr and is_taken(config.web_addr):
            config = without_web_addr(config)
        descriptor = os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # JSON is YAML too, and needs no library.
            json.dump(config.content, file, ensure_ascii=False, default=str)
        return config

    def _settings(self, config: NgrokConfig) -> conf.PyngrokConfig:
        settings = conf.PyngrokConfig(
            ngrok_path=self._path,
            config_path=str(self._config_file),
            log_event_callback=self._on_log,
            startup_timeout=_NEVER,
            request_timeout=_API_SECONDS,
            config_version=config.api_version,
        )
        settings.auth_token = None  # pyngrok would put it on the agent's command line.
        return settings

    @property
    def _config_file(self) -> Path:
        return self._folder / "ngrok.yml"

    def _await_agent(self) -> None:
        while not self._note_agent():
            time.sleep(0.02)

    def _note_agent(self) -> bool:
        """Find the agent's process as soon as there is one.

        pyngrok keeps its lock until the agent is up: a mute agent can only be found in the table behind the lock.
        """
        started = getattr(process, "_current_processes", {}).get(self._path)
        if started and self._agent is None:
            self._agent = started.proc
            self._messages.send("agent", pid=started.proc.pid)
        return self._agent is not None

    def _on_log(self, log: NgrokLog) -> None:
        self._note_agent()
        if log.lvl == "DEBUG" or log.obj == "join":
            return  # One line per connection: at a busy time nobody could read them.
        self._messages.send(
            "log", level=log.lvl, message=log.msg or log.line, error=None if log.err == "nil" else log.err
        )

    def _tell_rest_of_log(self) -> None:
        """Send the log lines that the agent wrote before it ended and pyngrok no longer read."""
        if self._agent and self._agent.stdout and self._agent.poll() is not None:
            for line in self._agent.stdout:
                self._on_log(NgrokLog(line))


def _install(path: Path, folder: Path) -> None:
    """Download the agent. It appears at `path` whole or not at all, however often this is started and killed."""
    tempfile.tempdir = str(folder)  # pyngrok downloads to a predictable name in the temporary folder.
    staged = folder / "bin" / path.name
    installer.install_ngrok(str(staged))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.copy2(staged, fresh)
    fresh.replace(path)


def _read_config(path: Path) -> Mapping[str, Any] | None:
    """Return the user's configuration, or None when there is none."""
    if not path.is_file():
        return None
    try:
        content = installer.get_ngrok_config(str(path), use_cache=False)
    except Exception as error:
        raise PyngrokError(f"your ngrok configuration {path} cannot be read: {error}") from error
    if not isinstance(content, Mapping):
        raise PyngrokError(f"your ngrok configuration {path} is not a mapping of settings")
    return content


def _version(path: str) -> tuple[int, int] | None:
    """Return the agent's own version, or None when that cannot be understood."""
    try:
        output = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=3, check=False).stdout
    except subprocess.TimeoutExpired:
        return None
    found = re.search(r"(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else None


def _errors() -> str:
    """Return the end of what the agent, and anything else in this process group, wrote to stderr."""
    stderr = sys.stderr.fileno()
    try:
        return os.pread(stderr, _LONGEST_ERRORS, max(0, os.fstat(stderr).st_size - _LONGEST_ERRORS)).decode(
            errors="replace"
        )
    except OSError:
        return ""


def _explain(error: Exception) -> str:
    if isinstance(error, PyngrokNgrokHTTPError):
        with suppress(ValueError, TypeError, KeyError):
            return str(json.loads(error.body)["details"]["err"])
        return error.body or str(error)
    if isinstance(error, PyngrokNgrokURLError):
        return f"the agent's API does not answer: {error.reason}"
    if isinstance(error, PyngrokNgrokError):
        return error.ngrok_error or "the agent ended before it was up"
    return str(error) or type(error).__name__


if __name__ == "__main__":
    logging.getLogger("pyngrok").addHandler(logging.NullHandler())
    logging.getLogger("pyngrok").propagate = False
    run(_Host)
