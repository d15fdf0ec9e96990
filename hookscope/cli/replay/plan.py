"""The replay that a command line of `hookscope replay` asks for."""

import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from hookscope import settings
from hookscope.cli import output
from hookscope.cli.body_editing import edit_body
from hookscope.cli.param_types import read_assignments
from hookscope.cli.secrets import app_secret, read_secrets
from hookscope.secret_sources import known_app_secret
from hookscope.services.replay import PreparedReplay, ReplayRequest, prepare


def plan(journal: Path, given: Mapping[str, Any]) -> AbstractContextManager[PreparedReplay]:
    """Return the requested replay. Raises UsageError, when it is entered at the latest, for an impossible one."""
    sources = read_secrets(given["app_secret_file"])
    known_app_secret(sources)
    return prepare(
        _request(given),
        journal,
        secrets=sources,
        ask=lambda app_id: app_secret(sources, app_id, ask=True),
        edit=edit_body if given["edit"] else None,
    )


def _request(given: Mapping[str, Any]) -> ReplayRequest:
    return ReplayRequest(
        ids=given["chosen"],
        filter=given["wanted"],
        since=given["since"],
        to=given["to"],
        headers=tuple(settings.check_header(text) for text in given["header"]),
        verify=not given["skip_verify"],
        assignments=read_assignments(given),
        resign=given["resign"],
        truncate=given["truncate"],
        bad_signature=given["bad_signature"],
        repeat=given["repeat"],
        copies=given["dup"],
        shuffle=given["shuffle"],
        drop=given["drop"],
        delay=given["delay"],
        seed=_seed(given),
        speed=given["speed"],
        max_rps=given["max_rps"],
        connections=given["concurrency"],
    )


def _seed(given: Mapping[str, Any]) -> str:
    """Return the seed; a made-up one is printed, so that the same random choices can be repeated."""
    seed: str | None = given["seed"]
    if seed is None and (given["shuffle"] or given["drop"] or given["delay"]):
        seed = secrets.token_hex(4)
        output.print_progress(f"to repeat these random choices: --seed {seed}")
    return seed or ""
